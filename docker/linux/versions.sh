#!/bin/sh
# Prints the versions of what is in an image. cross puts docker/same/versions.sh before this script.

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
libstdcxx g++
openssl gcc
case ${RUNS_BY:-} in
qemu-*) echo "runs-by=QEMU $("$RUNS_BY" --version | sed -n 's/^qemu-[^ ]* version \([^ ]*\).*/\1/p')" ;;
?*) echo "runs-by=$RUNS_BY" ;;
esac
