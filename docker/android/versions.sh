#!/bin/sh
# Prints the versions of what is in an image. cross puts docker/same/versions.sh before this script.

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
echo "libc=Android API $(echo __ANDROID_API__ | preprocess clang c)"
libcxx clang++
openssl clang
