#!/bin/sh
# Makes what needs nothing but the row's names.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${MACHINE:?}"

here=/opt/cross/libexec
sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@GCC_TRIPLE@|$GCC_TRIPLE|g" -e "s|@MACHINE@|$MACHINE|g" -e "s|@ROOT@|/opt/cross/$TRIPLE|g" \
	"$here/toolchain.cmake.in" >/opt/cross/toolchain.cmake
/usr/bin/gcc -O2 -s -static -Wall -Werror -D_GNU_SOURCE -o /opt/cross/bin/cross-runner "$here/cross-runner.c" "$here/libraries.c"
