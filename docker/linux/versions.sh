#!/bin/sh
# Asks the tools of an image for their versions, one `name=value` a line: for ci/matrix.sh, which runs it in the image. Headers tell by
# way of the preprocessor; musl has its version in the library alone.
set -eu

: "${TRIPLE:?}" "${RUNS_BY:?}"

preprocess() { # <tool> <language>
	"$TRIPLE-$1" -E -P -x "$2" - | sed -n '$p' | tr -d ' "'
}

echo "compiler=GCC $("$TRIPLE-gcc" -dumpfullversion)"
glibc=$(printf '#include <features.h>\n__GLIBC__ . __GLIBC_MINOR__\n' | preprocess gcc c)
case $glibc in
[0-9]*) echo "libc=glibc $glibc" ;;
*)
	printf 'extern const char __libc_version[]; int puts(const char *); int main() { puts(__libc_version); }\n' |
		"$TRIPLE-gcc" -static -o /tmp/version -x c -
	echo "libc=musl $(cross-runner /tmp/version)"
	;;
esac
echo "cxx=libstdc++ $(printf '#include <cstddef>\n_GLIBCXX_RELEASE\n' | preprocess g++ c++)"
# pkg-config's answer is a list of words. Not every image has OpenSSL.
# shellcheck disable=SC2046
echo "openssl=$(printf '#include <openssl/opensslv.h>\nOPENSSL_VERSION_STR\n' |
	"$TRIPLE-gcc" -E -P $("$TRIPLE-pkg-config" --cflags openssl) - | sed -n '$p' | tr -d ' "')"
case $RUNS_BY in
qemu-*) echo "runs-by=QEMU $("$RUNS_BY" --version | sed -n 's/^qemu-[^ ]* version \([^ ]*\).*/\1/p')" ;;
*) echo "runs-by=$RUNS_BY" ;;
esac
