#!/bin/sh
# Asks the tools of an image for their versions, one `name=value` a line: for ci/matrix.sh, which runs it in the image. Headers tell by
# way of the preprocessor.
set -eu

: "${TRIPLE:?}"

preprocess() { # <tool> <language>
	"$TRIPLE-$1" -E -P -x "$2" - | sed -n '$p' | tr -d ' "'
}

echo "compiler=GCC $("$TRIPLE-gcc" -dumpfullversion)"
echo "libc=mingw-w64 $(printf '#include <_mingw.h>\n__MINGW64_VERSION_MAJOR . __MINGW64_VERSION_MINOR\n' | preprocess gcc c)"
echo "cxx=libstdc++ $(printf '#include <cstddef>\n_GLIBCXX_RELEASE\n' | preprocess g++ c++)"
# pkg-config's answer is a list of words.
# shellcheck disable=SC2046
echo "openssl=$(printf '#include <openssl/opensslv.h>\nOPENSSL_VERSION_STR\n' |
	"$TRIPLE-gcc" -E -P $("$TRIPLE-pkg-config" --cflags openssl) - | sed -n '$p' | tr -d ' "')"
echo "runs-by=Wine $(/usr/lib/wine/wine64 --version | sed -n 's/^wine-\([^ ]*\).*/\1/p')"
