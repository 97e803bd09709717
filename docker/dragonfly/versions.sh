#!/bin/sh
# Prints the versions of what is in an image. cross puts docker/same/versions.sh before this script.

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
# 600400 is the release 6.4.
version=$(printf '#include <sys/param.h>\n__DragonFly_version\n' | preprocess clang c)
echo "libc=DragonFly $((version / 100000)).$((version / 100 % 1000))"
libstdcxx clang++
openssl clang
