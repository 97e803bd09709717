#!/bin/sh
# usage: cxx.sh <directory>
# Builds libstdc++ for musl as an archive, as libraries.sh does the other libraries of GCC's.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${GCC_VERSION:?}"

# shellcheck source=docker/linux-musl/gcc-library.sh
. "$(dirname "$0")/gcc-library.sh"
: "${built:?}" "${root:?}" "${host:?}" "${libdir:?}"

build libstdc++-v3 --disable-libstdcxx-pch --disable-libstdcxx-verbose \
	--disable-libstdcxx-backtrace

# All C++ headers are moved into one directory, in which both GCC and clang find them. A GCC for another machine than this one looks in a
# directory of its own, hence the link.
cd "$built$root/usr"
cp -R "include/c++/$GCC_VERSION/$host/." "include/c++/$GCC_VERSION"
rm -r "include/c++/${GCC_VERSION:?}/$host"
rm -rf share
case $libdir in
*/gcc-cross/*)
	mkdir -p "$GCC_TRIPLE"
	ln -s ../include "$GCC_TRIPLE/include"
	;;
esac
rm -f lib/*.la lib/*-gdb.py
