#!/bin/sh
# Builds the row's static OpenSSL. OpenSSL finds the NDK by a variable, the compiler by PATH, and the API level by a macro. The level is
# the NDK's oldest, so that results for every other level can contain this OpenSSL.
# https://github.com/openssl/openssl/blob/master/NOTES-ANDROID.md
set -eu

: "${TRIPLE:?}"

export ANDROID_NDK_ROOT="/opt/cross/$TRIPLE/ndk"
export PATH="$ANDROID_NDK_ROOT/toolchains/llvm/prebuilt/linux-x86_64/bin:$PATH"
export CPPFLAGS=-D__ANDROID_API__=21
exec sh /opt/cross/libexec/openssl.sh
