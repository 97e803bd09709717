#!/bin/sh
# Prints the versions of what is in an image. cross puts docker/same/versions.sh before this script.

version=$(tr -d '"' </usr/share/emscripten/emscripten-version.txt)
echo "compiler=Clang $("$TRIPLE-emcc" -dumpversion)"
echo "libc=Emscripten ${version}"
libcxx em++
node
