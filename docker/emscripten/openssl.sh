#!/bin/sh
# Builds the static OpenSSL of the row from /usr/src/openssl: libraries, headers and .pc files, nothing else. Nothing at all where PARTS
# does not have it.
set -eu

: "${TRIPLE:?}" "${OPENSSL_TARGET:?}" "${LLVM_VERSION:?}"

prefix=/opt/cross/$TRIPLE/openssl
case " ${PARTS:-} " in
*' openssl '*) ;;
*)
	mkdir -p "$prefix"
	exit 0
	;;
esac
cd /usr/src/openssl

# The clang that Emscripten starts, without the program in Python before it, which takes longer than most files do. There is neither an
# exception nor a setjmp in them, so they go with either kind.
# no-module: everything within the library. openssldir: where the files of a system would be, if a program's are.
./Configure "$OPENSSL_TARGET" \
	CC="clang-$LLVM_VERSION --target=wasm32-unknown-emscripten --sysroot=/usr/share/emscripten/cache/sysroot" \
	AR="llvm-ar-$LLVM_VERSION" RANLIB="llvm-ranlib-$LLVM_VERSION" \
	--prefix="$prefix" \
	--libdir=lib \
	--openssldir=/etc/ssl \
	no-afalgeng no-apps no-asm no-docs no-module no-shared no-tests no-threads \
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
