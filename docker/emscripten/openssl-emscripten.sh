#!/bin/sh
# Builds the static OpenSSL of the row. The clang that Emscripten starts compiles it, without the program in Python before it, which takes
# longer than most files do. There is neither an exception nor a setjmp in them, so they go with either kind.
set -eu

: "${LLVM_VERSION:?}" "${LLVM_TARGET:?}"

export CC="clang-$LLVM_VERSION --target=$LLVM_TARGET --sysroot=/usr/share/emscripten/cache/sysroot"
export AR="llvm-ar-$LLVM_VERSION" RANLIB="llvm-ranlib-$LLVM_VERSION" NM="llvm-nm-$LLVM_VERSION" PIC=
exec sh /opt/cross/libexec/openssl.sh no-afalgeng no-asm no-threads
