#!/bin/sh
# usage: source.sh <directory>
# Downloads the sources of GCC and binutils, and unpacks the files from which a compiler for C and C++ is built. Runs after
# linux/fetch.sh.
set -eu

: "${GCC_VERSION:?}"

mkdir -p "$1"
cd "$1"
apt-get -q download "gcc-$GCC_VERSION-source" binutils-source || {
	echo "cross: a package with the compiler's source is not in the mirror (apt's message above says which)" >&2
	exit 1
}
mkdir gcc binutils
dpkg-deb --fsys-tarfile "gcc-$GCC_VERSION-source"_*.deb |
	tar -x --to-stdout --wildcards './usr/src/*/gcc-*.tar.xz' |
	tar -xJ -C gcc --strip-components=1 --wildcards --no-wildcards-match-slash \
		--exclude='gcc-*/gcc/ada' --exclude='gcc-*/gcc/d/*/*' --exclude='gcc-*/gcc/fortran' --exclude='gcc-*/gcc/go' \
		--exclude='gcc-*/gcc/m2' --exclude='gcc-*/gnattools' --exclude='gcc-*/*/testsuite/*/*' \
		--exclude='gcc-*/libada' --exclude='gcc-*/libffi' --exclude='gcc-*/libgfortran' --exclude='gcc-*/libgm2' --exclude='gcc-*/libgo' \
		--exclude='gcc-*/libgrust' --exclude='gcc-*/libphobos' --exclude='gcc-*/libsanitizer' --exclude='gcc-*/libstdc++-v3/doc/html' \
		--exclude='gcc-*/libstdc++-v3/doc/xml'
# Debian leaves out GCC's manuals, with which the build compares a part of the source. This patch of Debian's removes the comparison.
dpkg-deb --fsys-tarfile "gcc-$GCC_VERSION-source"_*.deb |
	tar -x --to-stdout --wildcards './usr/src/*/debian/patches/gcc-gfdl-build.diff' |
	patch -d gcc -p2
dpkg-deb --fsys-tarfile binutils-source_*.deb |
	tar -x --to-stdout --wildcards './usr/src/*/binutils-*.tar.xz' |
	tar -xJ -C binutils --strip-components=1 --wildcards --no-wildcards-match-slash \
		--exclude='binutils-*/gprofng' --exclude='binutils-*/*/testsuite/*/*'
rm ./*.deb
# the libraries that GCC and binutils are built with. Nothing is installed for their manuals, which are not made.
apt-get -q install -y --no-install-recommends libgmp-dev libmpc-dev libmpfr-dev libzstd-dev zlib1g-dev
