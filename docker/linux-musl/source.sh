#!/bin/sh
# usage: source.sh <directory>
# Downloads what does not depend on the row: the sources of GCC's own libraries and of musl. Runs after linux/fetch.sh.
set -eu

: "${GCC_VERSION:?}"

mkdir -p "$1"
cd "$1"
apt-get -q download "gcc-$GCC_VERSION-source" || {
	echo "cross: the mirror does not have the package gcc-$GCC_VERSION-source, which the C++ library of musl targets is built from" >&2
	exit 1
}
dpkg-deb --fsys-tarfile "gcc-$GCC_VERSION-source"_*.deb |
	tar -x --to-stdout --wildcards './usr/src/*/gcc-*.tar.xz' >gcc.tar.xz
# The archive's only directory has the release's number in its name.
mkdir gcc
tar -xJf gcc.tar.xz -C gcc --strip-components=1 --wildcards --no-wildcards-match-slash \
	--exclude='testsuite/*/*' --exclude='doc/html' --exclude='doc/xml' --exclude='ChangeLog*' \
	'gcc-*/*-if-change' \
	'gcc-*/compile' \
	'gcc-*/config' \
	'gcc-*/config-ml.in' \
	'gcc-*/config.*' \
	'gcc-*/depcomp' \
	'gcc-*/gcc/BASE-VER' \
	'gcc-*/gcc/DATESTAMP' \
	'gcc-*/gcc/DEV-PHASE' \
	'gcc-*/gcc/*.h' \
	'gcc-*/gcc/common/config/i386/*.h' \
	'gcc-*/gcc/mkconfig.sh' \
	'gcc-*/include' \
	'gcc-*/install-sh' \
	'gcc-*/libatomic' \
	'gcc-*/libgcc' \
	'gcc-*/libiberty/cp-demangle.*' \
	'gcc-*/libstdc++-v3' \
	'gcc-*/libtool-ldflags' \
	'gcc-*/ltmain.sh' \
	'gcc-*/missing' \
	'gcc-*/mkinstalldirs'
# GCC's own build would create this link.
ln -s gthr-posix.h gcc/libgcc/gthr-default.h
rm gcc.tar.xz "gcc-$GCC_VERSION-source"_*.deb

# Rows whose musl is compiled with their flags use the same version as the packages of other rows, with Debian's patches.
apt-get -q source musl || {
	echo "cross: no source package of musl could be had from the mirror" >&2
	exit 1
}
rm musl_*
mv musl-*/ musl
