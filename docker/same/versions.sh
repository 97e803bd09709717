#!/bin/sh
# The beginning of every family's versions.sh, which prints the versions of an image's tools and libraries, one `name=value` a line.
# ci/matrix.sh runs both in the image. Versions that only headers have are read with the preprocessor.
# shellcheck disable=SC2317 # not every family needs every function
set -eu

: "${TRIPLE:?}"

# preprocess <tool> <language>: prints the last line of the preprocessed standard input.
preprocess() {
	"$TRIPLE-$1" -E -P -x "$2" - | sed -n '$p' | tr -d ' "'
}

# libstdcxx <tool>: prints the version of libstdc++.
libstdcxx() {
	echo "cxx=libstdc++ $(printf '#include <cstddef>\n_GLIBCXX_RELEASE\n' | preprocess "$1" c++)"
}

# libcxx <tool>: prints the version of libc++.
libcxx() {
	echo "cxx=libc++ $(printf '#include <cstddef>\n_LIBCPP_VERSION\n' | preprocess "$1" c++ | cut -c 1-2)"
}

# openssl <tool>: prints the version of OpenSSL. Not every image has it.
openssl() {
	# pkg-config's answer is a list of words.
	# shellcheck disable=SC2046
	echo "openssl=$(printf '#include <openssl/opensslv.h>\nOPENSSL_VERSION_STR\n' |
		"$TRIPLE-$1" -E -P $("$TRIPLE-pkg-config" --cflags openssl) - | sed -n '$p' | tr -d ' "')"
}

node() {
	echo "runs-by=Node.js $(command node --version | sed 's/^v//')"
}

wine() {
	echo "runs-by=Wine $(/usr/lib/wine/wine64 --version | sed -n 's/^wine-\([^ ]*\).*/\1/p')"
}
