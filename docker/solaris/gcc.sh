#!/bin/sh
# usage: gcc.sh <source>
# Builds GCC for C and C++, and its own libraries as archives, with the sysroot in /opt/cross/$TRIPLE.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}"

source=$1
root=/opt/cross/$TRIPLE
work=$(mktemp -d)
cd "$work"

export CONFIG_SHELL=/bin/sh
# GCC's Makefile finds the target's binutils, with which it makes GCC's libraries, by their names on PATH.
export PATH="$root/bin:$PATH"
# The options are those with which rust-lang builds the compiler for the standard library, without those that are of no use here.
# Libraries for 32-bit programs are also built: a GCC without them does not know the system's directory for 64-bit libraries.
# https://github.com/rust-lang/rust/blob/main/src/ci/docker/scripts/solaris-toolchain.sh
if ! {
	"$source/configure" --target="$GCC_TRIPLE" --prefix="$root" --with-sysroot="$root/sysroot" --with-gnu-as --with-gnu-ld \
		--enable-languages=c,c++ --enable-tls --disable-shared --disable-nls --disable-libgomp --disable-libquadmath \
		--disable-libquadmath-support --disable-libssp --disable-libvtv --disable-libsanitizer --disable-libcc1 --disable-libstdcxx-pch \
		--enable-checking=release --with-gcc-major-version-only --with-system-zlib \
		CFLAGS='-O2 -g0 -pipe' CXXFLAGS='-O2 -g0 -pipe' CFLAGS_FOR_TARGET='-O2 -g0 -fPIC' CXXFLAGS_FOR_TARGET='-O2 -g0 -fPIC' &&
		make -s -j"$(nproc)" MAKEINFO=true && make -s install-strip MAKEINFO=true
} >log 2>&1; then
	tail -n 40 log >&2
	echo "cross: $TRIPLE: GCC could not be built" >&2
	exit 1
fi
cd /
rm -rf "$work" "$root/share"
