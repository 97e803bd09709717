#!/bin/sh
# Versions of what is in an image. docker/same/versions.sh, which stands before this, explains them.

echo "compiler=GCC $("$TRIPLE-gcc" -dumpfullversion)"
# No header says which release they are of.
echo "libc=Solaris 11.4"
libstdcxx g++
openssl gcc
