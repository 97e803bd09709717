#!/bin/sh
# Creates the commands in /opt/cross/bin, and /opt/cross/emscripten, which CMake takes for Emscripten and which has these commands.
set -eu

: "${TRIPLE:?}" "${EXCEPTIONS:?}" "${LLVM_VERSION:?}" "${LINK_FLAGS?}"

here=/opt/cross/libexec
bin=/opt/cross/bin
emscripten=/usr/share/emscripten
mkdir -p "$bin" "/opt/cross/$TRIPLE" /opt/cross/emscripten

fill_in() { # <template> <mode> <file> [command]
	sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@SYSROOT@|$emscripten/cache/sysroot|g" -e "s|@COMMAND@|${4:-}|g" \
		-e "s|@EXCEPTIONS@|$EXCEPTIONS|g" -e "s|@LINK_FLAGS@|$LINK_FLAGS|g" "$here/$1.in" >"$3"
	chmod "$2" "$3"
}
# rustc knows by the end of this name which arguments the linker takes.
fill_in compiler 755 "$bin/$TRIPLE-emcc" emcc
fill_in compiler 755 "$bin/$TRIPLE-em++" em++
ln -s "$TRIPLE-emcc" "$bin/$TRIPLE-gcc"
ln -s "$TRIPLE-em++" "$bin/$TRIPLE-g++"
fill_in pkg-config 755 "$bin/$TRIPLE-pkg-config"
fill_in toolchain.cmake 644 /opt/cross/toolchain.cmake
for tool in ar nm ranlib strip; do
	fill_in tool 755 "$bin/$TRIPLE-$tool" "em$tool"
done
for tool in objcopy objdump readobj size strings; do
	ln -s "/usr/lib/llvm-$LLVM_VERSION/bin/llvm-$tool" "$bin/$TRIPLE-$tool"
done

# All other commands are Emscripten's own.
for path in "$emscripten"/*; do
	ln -s "$path" /opt/cross/emscripten
done
ln -sf "$bin/$TRIPLE-emcc" /opt/cross/emscripten/emcc
ln -sf "$bin/$TRIPLE-em++" /opt/cross/emscripten/em++

/usr/bin/gcc -O2 -s -Wall -Werror -o "$bin/cross-umask" "$here/cross-umask.c"
chmod 755 "$here/cross-runner.cjs"
# A symbolic link, because Node.js tells by the extension of the real file whether it is a module.
ln -s "$here/cross-runner.cjs" "$bin/cross-runner"
