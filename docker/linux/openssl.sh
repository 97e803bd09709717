#!/bin/sh
# usage: openssl.sh [option of Configure]...
# Builds the row's static OpenSSL from /usr/src/openssl: only libraries, headers and .pc files. Families may set these variables:
#
#   CC, AR, RANLIB, NM   the tools; by default those whose names begin with the triple
#   OPENSSLDIR           the directory in which a program looks for certificates and configuration; by default /etc/ssl
#   PIC                  the flag for position-independent code, by default -fPIC; empty if all code is position-independent
set -eu

: "${TRIPLE:?}" "${OPENSSL_TARGET:?}"

prefix=/opt/cross/$TRIPLE/openssl
cd /usr/src/openssl

# The compiler's macros for the target decide which instructions OpenSSL's assembly and C may contain.
predefined() { # <macro>: its value, empty where the compiler does not define it
	# CC may be a command with arguments.
	# shellcheck disable=SC2086
	echo | ${CC:-"$TRIPLE-gcc"} -E -dM - | sed -n "s/^#define $1 //p"
}
[ -n "${CC:-}" ] || set -- "$@" "--cross-compile-prefix=$TRIPLE-"
# On 32-bit ARM, OpenSSL chooses assembly for newer processors at run time. But the linker would mark the whole program as one for these.
arm=$(predefined __ARM_ARCH)
if [ -n "$arm" ] && [ "$arm" -lt 7 ]; then
	set -- "$@" "-D__ARM_MAX_ARCH__=$arm"
fi
# For processors before the Pentium Pro, OpenSSL must have no SSE2 and no conditional moves, not even behind a check at run time.
if [ -n "$(predefined __i586__)" ]; then
	set -- "$@" 386
fi
# For 64-bit atomics that the processor lacks, the compiler would call libatomic, which no crate links. OpenSSL has locks to use instead.
if [ "$(predefined __GCC_ATOMIC_LLONG_LOCK_FREE)" != 2 ]; then
	set -- "$@" -DBROKEN_CLANG_ATOMICS
fi

pic=${PIC--fPIC}
[ -z "$pic" ] || set -- "$@" "$pic"
# -O2: distributions build with it too. -O3 takes longer without use, because the code that must be fast is assembly.
# -pipe: saves a tenth of the time.
# --openssldir: most distributions keep their certificates there, and a program runs on other machines than this one.
# no-module: all code is in the library, because another machine would not have modules to load.
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

# The libraries are only linked statically, so every program that links them must also link the libraries that they need.
for name in libcrypto libssl; do
	sed -i -e 's/^Libs.private:/Libs.static:/' -e 's/^Requires.private:/Requires:/' "$prefix/lib/pkgconfig/$name.pc"
	private=$(sed -n 's/^Libs.static: *//p' "$prefix/lib/pkgconfig/$name.pc")
	private=$(echo " $private " | sed 's/ -latomic / /')
	sed -i -e '/^Libs.static:/d' -e "s|^Libs:.*|& $private|" "$prefix/lib/pkgconfig/$name.pc"
done
