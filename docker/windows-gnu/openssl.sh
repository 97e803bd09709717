#!/bin/sh
# Builds the static OpenSSL of the row from /usr/src/openssl: libraries, headers and .pc files, nothing else. Nothing at all where PARTS
# does not have it.
set -eu

: "${TRIPLE:?}" "${OPENSSL_TARGET:?}"

prefix=/opt/cross/$TRIPLE/openssl
case " ${PARTS:-} " in
*' openssl '*) ;;
*)
	mkdir -p "$prefix"
	exit 0
	;;
esac
cd /usr/src/openssl

# One of Debian's patches is for ELF: it calls functions by way of a table that COFF has not got.
patch -s -R -p1 <debian/patches/pic.patch

# openssldir: where OpenSSL's own builds for Windows look. Anybody may make a directory like \etc at the root of a drive, and what is
# configured there would be loaded. no-module: everything within the library, since nothing could be loaded on another machine.
# https://github.com/openssl/openssl/blob/master/NOTES-WINDOWS.md
./Configure "$OPENSSL_TARGET" \
	--cross-compile-prefix="$TRIPLE-" \
	--prefix="$prefix" \
	--libdir=lib \
	--openssldir='C:/Program Files/Common Files/SSL' \
	no-apps no-docs no-module no-shared no-tests \
	-O2 -pipe

make -s -j"$(nproc)" build_libs
make -s install_dev >/dev/null
rm -rf "$prefix/lib/cmake"

# The libraries are only ever linked statically, so what they need in turn belongs to every link.
for name in libcrypto libssl; do
	sed -i -e 's/^Libs.private:/Libs.static:/' -e 's/^Requires.private:/Requires:/' "$prefix/lib/pkgconfig/$name.pc"
	private=$(sed -n 's/^Libs.static: *//p' "$prefix/lib/pkgconfig/$name.pc")
	sed -i -e '/^Libs.static:/d' -e "s|^Libs:.*|& $private|" "$prefix/lib/pkgconfig/$name.pc"
done
