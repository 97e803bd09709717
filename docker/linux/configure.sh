#!/bin/sh
# Fills in the files that need nothing but the row's names.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${MULTIARCH:?}" "${MACHINE:?}"

bin=/opt/cross/bin

fill_in() { # <template> <mode> <file>
	sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@MULTIARCH@|$MULTIARCH|g" -e "s|@MACHINE@|$MACHINE|g" \
		-e "s|@QEMU_ARCH@|${QEMU_ARCH:-}|g" "/opt/cross/libexec/$1.in" >"$3"
	chmod "$2" "$3"
}
fill_in cross-runner 755 $bin/cross-runner
fill_in pkg-config 755 "$bin/$TRIPLE-pkg-config"
fill_in toolchain.cmake 644 /opt/cross/toolchain.cmake
[ -e "$bin/$GCC_TRIPLE-pkg-config" ] || ln -s "$TRIPLE-pkg-config" "$bin/$GCC_TRIPLE-pkg-config"
