#!/bin/sh
# Versions of what is in an image. docker/same/versions.sh, which stands before this, explains them.

version=$(tr -d '"' </usr/share/emscripten/emscripten-version.txt)
echo "compiler=Clang $("$TRIPLE-emcc" -dumpversion)"
echo "libc=Emscripten ${version}"
libcxx em++
node
