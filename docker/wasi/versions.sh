#!/bin/sh
# Asks the tools of an image for their versions, one `name=value` a line: for ci/matrix.sh, which runs it in the image.
set -eu

: "${TRIPLE:?}"

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
echo "libc=wasi-libc $(sed 's/^.*~git\([0-9]*\).*/\1/' "/opt/cross/$TRIPLE/share/wasi-libc-version")"
echo "cxx=libc++ $(printf '#include <cstddef>\n_LIBCPP_VERSION\n' | "$TRIPLE-clang++" -E -P -x c++ - | sed -n '$s/\(..\).*/\1/p')"
echo "runs-by=Node.js $(node --version | sed 's/^v//')"
