#!/bin/sh
# Prints the versions of what is in an image. cross puts docker/same/versions.sh before this script.

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
echo "libc=mingw-w64 $(printf '#include <_mingw.h>\n__MINGW64_VERSION_MAJOR . __MINGW64_VERSION_MINOR\n' | preprocess clang c)"
libcxx clang++
openssl clang
if [ -x /usr/lib/wine/wine64 ]; then
	wine
fi
