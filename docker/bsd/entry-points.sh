#!/bin/sh
# Creates the commands in /opt/cross/bin.
set -eu

: "${TRIPLE:?}" "${CLANG_TARGET:?}" "${SYSTEM:?}" "${SYSTEM_VERSION:?}" "${MACHINE:?}"

here=/opt/cross/libexec
bin=/opt/cross/bin
mkdir -p "$bin"

fill_in() { # <template> <mode> <file> [command] [mode of clang]
	sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@ROOT@|/opt/cross/$TRIPLE|g" -e "s|@CLANG_TARGET@|$CLANG_TARGET|g" -e "s|@SYSTEM@|$SYSTEM|g" \
		-e "s|@SYSTEM_VERSION@|$SYSTEM_VERSION|g" -e "s|@MACHINE@|$MACHINE|g" -e "s|@COMMAND@|${4:-}|g" -e "s|@MODE@|${5:-}|g" \
		"$here/$1.in" >"$3"
	chmod "$2" "$3"
}
fill_in compiler 755 "$bin/$TRIPLE-clang" clang --driver-mode=gcc
fill_in compiler 755 "$bin/$TRIPLE-clang++" clang++ --driver-mode=g++
fill_in tool 755 "$here/ld.lld" ld.lld
for tool in ar ranlib; do
	fill_in tool 755 "$bin/$TRIPLE-$tool" "$tool"
done
ln -s "$here/ld.lld" "$bin/$TRIPLE-ld"
# OpenSSL and other build systems append GCC's names to the prefix of the target.
ln -s "$TRIPLE-clang" "$bin/$TRIPLE-gcc"
ln -s "$TRIPLE-clang++" "$bin/$TRIPLE-g++"
ln -s "$TRIPLE-clang" "$bin/$TRIPLE-cc"
ln -s "$TRIPLE-clang++" "$bin/$TRIPLE-c++"
# These are this machine's own tools, which can read files of other systems.
for tool in nm readelf size strings; do
	ln -s "/usr/bin/$tool" "$bin/$TRIPLE-$tool"
done
fill_in pkg-config 755 "$bin/$TRIPLE-pkg-config"
fill_in toolchain.cmake 644 /opt/cross/toolchain.cmake
/usr/bin/gcc -O2 -s -Wall -Werror -o "$bin/cross-umask" "$here/cross-umask.c"
