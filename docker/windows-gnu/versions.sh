#!/bin/sh
# Versions of what is in an image. docker/same/versions.sh, which stands before this, explains them.

echo "compiler=GCC $("$TRIPLE-gcc" -dumpfullversion)"
echo "libc=mingw-w64 $(printf '#include <_mingw.h>\n__MINGW64_VERSION_MAJOR . __MINGW64_VERSION_MINOR\n' | preprocess gcc c)"
libstdcxx g++
openssl gcc
wine
