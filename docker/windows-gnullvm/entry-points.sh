#!/bin/sh
# Creates the commands in /opt/cross/bin, with the triple of rustc and with that of mingw-w64 in front.
set -eu

: "${TRIPLE:?}" "${MINGW_TRIPLE:?}" "${CLANG_TARGET:?}" "${LLVM_VERSION:?}" "${MACHINE:?}"

here=/opt/cross/libexec
bin=/opt/cross/bin
mkdir -p "$bin"

fill_in() { # <template> <mode> <file> [command] [mode of clang]
	sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@ROOT@|/opt/cross/$TRIPLE|g" -e "s|@CLANG_TARGET@|$CLANG_TARGET|g" \
		-e "s|@LLVM_VERSION@|$LLVM_VERSION|g" -e "s|@MACHINE@|$MACHINE|g" -e "s|@COMMAND@|${4:-}|g" -e "s|@MODE@|${5:-}|g" \
		"$here/$1.in" >"$3"
	chmod "$2" "$3"
}
name() { # <tool> <name>...
	tool=$1
	shift
	for name; do
		ln -s "$TRIPLE-$tool" "$bin/$name"
	done
}
fill_in compiler 755 "$bin/$TRIPLE-clang" clang --driver-mode=gcc
fill_in compiler 755 "$bin/$TRIPLE-clang++" clang++ --driver-mode=g++
fill_in ld.lld 755 "$here/ld.lld"
ln -s "$here/ld.lld" "$bin/$TRIPLE-ld"
# OpenSSL and other build systems append GCC's names to the prefix of the target.
for prefix in "$TRIPLE" "$MINGW_TRIPLE"; do
	name clang "$prefix-gcc" "$prefix-cc"
	name clang++ "$prefix-g++" "$prefix-c++"
done
name clang "$MINGW_TRIPLE-clang"
name clang++ "$MINGW_TRIPLE-clang++"
name ld "$MINGW_TRIPLE-ld"
llvm=/opt/cross/llvm/lib/llvm-$LLVM_VERSION/bin
# dlltool and windres read the processor from the name by which they are called.
for tool in addr2line ar dlltool nm objcopy objdump ranlib readelf readobj size strings strip windres; do
	for prefix in "$TRIPLE" "$MINGW_TRIPLE"; do
		ln -s "$llvm/llvm-$tool" "$bin/$prefix-$tool"
	done
done
# windres looks beside itself for the clang with which it reads headers.
mkdir -p "$llvm"
ln -s "$bin/$TRIPLE-clang" "$llvm/clang"
fill_in pkg-config 755 "$bin/$TRIPLE-pkg-config"
name pkg-config "$MINGW_TRIPLE-pkg-config"
fill_in toolchain.cmake 644 /opt/cross/toolchain.cmake
/usr/bin/gcc -O2 -s -Wall -Werror -o "$bin/cross-umask" "$here/cross-umask.c"
