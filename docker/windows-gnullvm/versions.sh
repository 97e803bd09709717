#!/bin/sh
# Versions of what is in an image. docker/same/versions.sh, which stands before this, explains them.

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
echo "libc=mingw-w64 $(printf '#include <_mingw.h>\n__MINGW64_VERSION_MAJOR . __MINGW64_VERSION_MINOR\n' | preprocess clang c)"
libcxx clang++
openssl clang
if [ -x /usr/lib/wine/wine64 ]; then
	wine
fi
