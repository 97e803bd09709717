#!/bin/sh
# Prints the versions of what is in an image. cross puts docker/same/versions.sh before this script.

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
system=$(sed -n 's/^set(CMAKE_SYSTEM_NAME \(.*\))/\1/p' /opt/cross/toolchain.cmake)
echo "libc=$system $(sed -n 's/^set(CMAKE_SYSTEM_VERSION \(.*\))/\1/p' /opt/cross/toolchain.cmake)"
libcxx clang++
openssl clang
