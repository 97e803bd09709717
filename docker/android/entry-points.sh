#!/bin/sh
# Creates the commands in /opt/cross/bin: the toolchain's own, and cross-umask.
set -eu

: "${TRIPLE:?}"

bin=/opt/cross/bin
mkdir -p "$bin"
ln -s "/opt/cross/$TRIPLE/bin"/* "$bin/"
/usr/bin/gcc -O2 -s -Wall -Werror -o "$bin/cross-umask" /opt/cross/libexec/cross-umask.c
