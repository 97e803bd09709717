#!/bin/sh
# Versions of what is in an image. docker/same/versions.sh, which stands before this, explains them.

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
# 600400 is the release 6.4.
version=$(printf '#include <sys/param.h>\n__DragonFly_version\n' | preprocess clang c)
echo "libc=DragonFly $((version / 100000)).$((version / 100 % 1000))"
libstdcxx clang++
openssl clang
