#!/bin/sh
# Builds the row's static OpenSSL. It is compiled directly with the clang that Emscripten starts: Emscripten's own command, a Python
# program, takes longer than clang does for most files. OpenSSL has no exceptions and no setjmp, so it fits both kinds of exceptions.
set -eu

: "${LLVM_VERSION:?}" "${LLVM_TARGET:?}"

export CC="clang-$LLVM_VERSION --target=$LLVM_TARGET --sysroot=/usr/share/emscripten/cache/sysroot"
export AR="llvm-ar-$LLVM_VERSION" RANLIB="llvm-ranlib-$LLVM_VERSION" NM="llvm-nm-$LLVM_VERSION" PIC=
exec sh /opt/cross/libexec/openssl.sh no-afalgeng no-asm no-threads
