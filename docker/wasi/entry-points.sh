#!/bin/sh
# Creates the commands in /opt/cross/bin.
set -eu

: "${TRIPLE:?}" "${LLVM_VERSION:?}"

here=/opt/cross/libexec
bin=/opt/cross/bin
root=/opt/cross/$TRIPLE
mkdir -p "$bin"

fill_in() { # <template> <mode> <file> [command]
	sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@ROOT@|$root|g" -e "s|@COMMAND@|${4:-}|g" -e "s|@LLVM_VERSION@|$LLVM_VERSION|g" \
		"$here/$1.in" >"$3"
	chmod "$2" "$3"
}
fill_in clang 755 "$bin/$TRIPLE-clang" "clang-$LLVM_VERSION"
fill_in clang 755 "$bin/$TRIPLE-clang++" "clang++-$LLVM_VERSION"
fill_in wasm-ld 755 "$bin/$TRIPLE-wasm-ld"
fill_in pkg-config 755 "$bin/$TRIPLE-pkg-config"
fill_in toolchain.cmake 644 /opt/cross/toolchain.cmake
for tool in ar nm objcopy objdump ranlib readobj size strings strip; do
	ln -s "/usr/lib/llvm-$LLVM_VERSION/bin/llvm-$tool" "$bin/$TRIPLE-$tool"
done

# A symbolic link, because Node.js tells by the extension of the real file whether it is a module.
chmod 755 "$here/cross-runner.mjs"
ln -s "$here/cross-runner.mjs" "$bin/cross-runner"
/usr/bin/gcc -O2 -s -Wall -Werror -o "$bin/cross-umask" "$here/cross-umask.c"

# exceptions.c becomes part of the library that all C++ programs are linked with.
"$bin/$TRIPLE-clang" -O2 -Wall -Werror -c -o /tmp/exceptions.o "$here/exceptions.c"
"$bin/$TRIPLE-ar" r "$root/lib/$TRIPLE/libc++abi.a" /tmp/exceptions.o
rm /tmp/exceptions.o
