#!/bin/sh
# Compiles cross-runner, which starts Wine.
set -eu

here=/opt/cross/libexec
/usr/bin/gcc -O2 -s -static -Wall -Werror -D_GNU_SOURCE -o /opt/cross/bin/cross-runner "$here/cross-runner.c" "$here/libraries.c"
