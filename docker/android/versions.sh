#!/bin/sh
# Versions of what is in an image. docker/same/versions.sh, which stands before this, explains them.

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
echo "libc=Android API $(echo __ANDROID_API__ | preprocess clang c)"
libcxx clang++
openssl clang
