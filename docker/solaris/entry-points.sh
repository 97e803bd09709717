#!/bin/sh
# Creates the commands in /opt/cross/bin.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${MACHINE:?}" "${LIBRARY_DIR:?}" "${SYSTEM_VERSION:?}"

here=/opt/cross/libexec
bin=/opt/cross/bin
mkdir -p "$bin"

fill_in() { # <template> <mode> <file> [command]
	sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@ROOT@|/opt/cross/$TRIPLE|g" -e "s|@GCC_TRIPLE@|$GCC_TRIPLE|g" -e "s|@MACHINE@|$MACHINE|g" \
		-e "s|@LIBRARY_DIR@|$LIBRARY_DIR|g" -e "s|@SYSTEM_VERSION@|$SYSTEM_VERSION|g" -e "s|@COMMAND@|${4:-}|g" "$here/$1.in" >"$3"
	chmod "$2" "$3"
}
# Each command is there with rustc's name for the target in front, and with the name that configure scripts use.
for prefix in "$TRIPLE" "$GCC_TRIPLE"; do
	for name in gcc g++; do
		fill_in compiler 755 "$bin/$prefix-$name" "$name"
	done
	ln -s "$prefix-gcc" "$bin/$prefix-cc"
	ln -s "$prefix-g++" "$bin/$prefix-c++"
	for tool in addr2line ar as c++filt cpp gcc-ar gcc-nm gcc-ranlib gcov ld nm objcopy objdump ranlib readelf size strings strip; do
		ln -s "/opt/cross/$TRIPLE/bin/$GCC_TRIPLE-$tool" "$bin/$prefix-$tool"
	done
	fill_in pkg-config 755 "$bin/$prefix-pkg-config"
done
fill_in toolchain.cmake 644 /opt/cross/toolchain.cmake
/usr/bin/gcc -O2 -s -Wall -Werror -o "$bin/cross-umask" "$here/cross-umask.c"
