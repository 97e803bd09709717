#!/bin/sh
# Versions of what is in an image. docker/same/versions.sh, which stands before this, explains them.

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
system=$(sed -n 's/^set(CMAKE_SYSTEM_NAME \(.*\))/\1/p' /opt/cross/toolchain.cmake)
echo "libc=$system $(sed -n 's/^set(CMAKE_SYSTEM_VERSION \(.*\))/\1/p' /opt/cross/toolchain.cmake)"
libcxx clang++
openssl clang
