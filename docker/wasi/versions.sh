#!/bin/sh
# Prints the versions of what is in an image. cross puts docker/same/versions.sh before this script.

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
echo "libc=wasi-libc $(sed 's/^.*~git\([0-9]*\).*/\1/' "/opt/cross/$TRIPLE/share/wasi-libc-version")"
libcxx clang++
node
