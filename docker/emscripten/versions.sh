#!/bin/sh
# Asks the tools of an image for their versions, one `name=value` a line: for ci/matrix.sh, which runs it in the image.
set -eu

: "${TRIPLE:?}"

version=$(tr -d '"' </usr/share/emscripten/emscripten-version.txt)
echo "compiler=Clang $("$TRIPLE-emcc" -dumpversion)"
echo "libc=Emscripten ${version}"
echo "cxx=libc++ $(printf '#include <cstddef>\n_LIBCPP_VERSION\n' | "$TRIPLE-em++" -E -P -x c++ - | sed -n '$s/\(..\).*/\1/p')"
echo "runs-by=Node.js $(node --version | sed 's/^v//')"
