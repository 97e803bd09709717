#!/bin/sh
# usage: openssl.sh [option of Configure]...
# Builds the static OpenSSL of the row from /usr/src/openssl: libraries, headers and .pc files, nothing else. Families of which something
# else is true say so by these variables:
#
#   CC, AR, RANLIB, NM   other tools than those that begin with the triple
#   OPENSSLDIR           where a program looks for certificates and for its configuration
#   PIC                  the flag for code that runs at any address, or nothing where all does
set -eu

: "${TRIPLE:?}" "${OPENSSL_TARGET:?}"

prefix=/opt/cross/$TRIPLE/openssl
cd /usr/src/openssl

# What the compiler makes for the target decides what OpenSSL's assembly and C may contain.
predefined() { # <macro>: its value, empty where the compiler does not define it
	# Words.
	# shellcheck disable=SC2086
	echo | ${CC:-"$TRIPLE-gcc"} -E -dM - | sed -n "s/^#define $1 //p"
}
[ -n "${CC:-}" ] || set -- "$@" "--cross-compile-prefix=$TRIPLE-"
# On 32-bit ARM the assembly for newer processors is chosen at run time, but the linker would mark the whole program as theirs.
arm=$(predefined __ARM_ARCH)
if [ -n "$arm" ] && [ "$arm" -lt 7 ]; then
	set -- "$@" "-D__ARM_MAX_ARCH__=$arm"
fi
# Processors before the Pentium Pro: neither SSE2 nor conditional moves, not even behind a check.
if [ -n "$(predefined __i586__)" ]; then
	set -- "$@" 386
fi
# Without 64-bit atomics the compiler calls libatomic, which no crate asks for: OpenSSL has locks of its own for that.
if [ "$(predefined __GCC_ATOMIC_LLONG_LOCK_FREE)" != 2 ]; then
	set -- "$@" -DBROKEN_CLANG_ATOMICS
fi

pic=${PIC--fPIC}
[ -z "$pic" ] || set -- "$@" "$pic"
# -O2: as distributions build it; -O3 takes longer for nothing, what must be fast is assembly. -pipe saves a tenth of the time.
# openssldir: where most distributions keep their certificates; a program runs on other machines than this one.
# no-module: everything within the library, since nothing could be loaded on another machine.
./Configure "$OPENSSL_TARGET" \
	--prefix="$prefix" \
	--libdir=lib \
	--openssldir="${OPENSSLDIR:-/etc/ssl}" \
	no-apps no-docs no-module no-shared no-tests \
	-O2 -pipe "$@"

make -s -j"$(nproc)" build_libs
make -s install_dev >/dev/null
rm -rf "$prefix/lib/cmake"

if "${NM:-$TRIPLE-nm}" --undefined-only "$prefix/lib/libcrypto.a" "$prefix/lib/libssl.a" | grep -w '__atomic_[a-z_0-9]*'; then
	echo "cross: $TRIPLE: OpenSSL needs libatomic for the symbols above, and no crate links that" >&2
	exit 1
fi

# The libraries are only ever linked statically, so what they need in turn belongs to every link.
for name in libcrypto libssl; do
	sed -i -e 's/^Libs.private:/Libs.static:/' -e 's/^Requires.private:/Requires:/' "$prefix/lib/pkgconfig/$name.pc"
	private=$(sed -n 's/^Libs.static: *//p' "$prefix/lib/pkgconfig/$name.pc")
	private=$(echo " $private " | sed 's/ -latomic / /')
	sed -i -e '/^Libs.static:/d' -e "s|^Libs:.*|& $private|" "$prefix/lib/pkgconfig/$name.pc"
done
