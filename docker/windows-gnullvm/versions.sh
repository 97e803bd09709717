#!/bin/sh
# Asks the tools of an image for their versions, one `name=value` a line: for ci/matrix.sh, which runs it in the image. Headers tell by
# way of the preprocessor.
set -eu

: "${TRIPLE:?}"

preprocess() { # <tool> <language>
	"$TRIPLE-$1" -E -P -x "$2" - | sed -n '$p' | tr -d ' "'
}

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
echo "libc=mingw-w64 $(printf '#include <_mingw.h>\n__MINGW64_VERSION_MAJOR . __MINGW64_VERSION_MINOR\n' | preprocess clang c)"
echo "cxx=libc++ $(printf '#include <cstddef>\n_LIBCPP_VERSION\n' | preprocess clang++ c++ | cut -c 1-2)"
# pkg-config's answer is a list of words.
# shellcheck disable=SC2046
echo "openssl=$(printf '#include <openssl/opensslv.h>\nOPENSSL_VERSION_STR\n' |
	"$TRIPLE-clang" -E -P $("$TRIPLE-pkg-config" --cflags openssl) - | sed -n '$p' | tr -d ' "')"
if [ -x /usr/lib/wine/wine64 ]; then
	echo "runs-by=Wine $(/usr/lib/wine/wine64 --version | sed -n 's/^wine-\([^ ]*\).*/\1/p')"
fi
