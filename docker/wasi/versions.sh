#!/bin/sh
# Versions of what is in an image. docker/same/versions.sh, which stands before this, explains them.

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
echo "libc=wasi-libc $(sed 's/^.*~git\([0-9]*\).*/\1/' "/opt/cross/$TRIPLE/share/wasi-libc-version")"
libcxx clang++
node
