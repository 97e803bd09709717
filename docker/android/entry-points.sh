#!/bin/sh
# Makes the commands of /opt/cross/bin: the toolchain's own, and the program that runs another with a mask for new files.
set -eu

: "${TRIPLE:?}"

bin=/opt/cross/bin
mkdir -p "$bin"
ln -s "/opt/cross/$TRIPLE/bin"/* "$bin/"
/usr/bin/gcc -O2 -s -Wall -Werror -o "$bin/cross-umask" /opt/cross/libexec/cross-umask.c
