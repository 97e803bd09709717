#!/bin/sh
# Prints the versions of what is in an image. cross puts docker/same/versions.sh before this script.

echo "compiler=GCC $("$TRIPLE-gcc" -dumpfullversion)"
# No header of the system has the release.
echo "libc=Solaris 11.4"
libstdcxx g++
openssl gcc
