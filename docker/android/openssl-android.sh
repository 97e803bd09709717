#!/bin/sh
# Builds the static OpenSSL of the row. OpenSSL asks for the NDK by a variable, for its compiler on PATH, and for the API level as a macro.
# The level is the NDK's oldest, so that results for any other can have it in them.
# https://github.com/openssl/openssl/blob/master/NOTES-ANDROID.md
set -eu

: "${TRIPLE:?}"

export ANDROID_NDK_ROOT="/opt/cross/$TRIPLE/ndk"
export PATH="$ANDROID_NDK_ROOT/toolchains/llvm/prebuilt/linux-x86_64/bin:$PATH"
export CPPFLAGS=-D__ANDROID_API__=21
exec sh /opt/cross/libexec/openssl.sh
