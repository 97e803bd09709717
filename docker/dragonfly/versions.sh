#!/bin/sh
# Asks the tools of an image for their versions, one `name=value` a line: for ci/matrix.sh, which runs it in the image. Headers tell by
# way of the preprocessor.
set -eu

: "${TRIPLE:?}"

preprocess() { # <tool> <language>
	"$TRIPLE-$1" -E -P -x "$2" - | sed -n '$p' | tr -d ' "'
}

echo "compiler=Clang $("$TRIPLE-clang" -dumpversion)"
# 600400 is the release 6.4.
version=$(printf '#include <sys/param.h>\n__DragonFly_version\n' | preprocess clang c)
echo "libc=DragonFly $((version / 100000)).$((version / 100 % 1000))"
echo "cxx=libstdc++ $(printf '#include <cstddef>\n_GLIBCXX_RELEASE\n' | preprocess clang++ c++)"
# pkg-config's answer is a list of words. Not every image has OpenSSL.
# shellcheck disable=SC2046
echo "openssl=$(printf '#include <openssl/opensslv.h>\nOPENSSL_VERSION_STR\n' |
	"$TRIPLE-clang" -E -P $("$TRIPLE-pkg-config" --cflags openssl) - | sed -n '$p' | tr -d ' "')"
