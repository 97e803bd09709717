#!/bin/sh
# usage: sysroot.sh <zig>
# Completes the sysroot in /opt/cross/$TRIPLE, which has the system's directories, for clang to find what is in it. Puts clang beside it.
set -eu

: "${TRIPLE:?}"

root=/opt/cross/$TRIPLE
mkdir -p /opt/cross/zig/lib
cp "$1/zig" "$1/LICENSE" /opt/cross/zig
cp -R "$1/lib/include" /opt/cross/zig/lib/include

# One directory of libraries, and where CMake finds it, which is told to leave out /usr as the machine's. Those that a system needs first are in
# `lib`, with links to them in the other one.
cp -a --remove-destination "$root/lib/." "$root/usr/lib"
rm -r "${root:?}/lib"
ln -s usr/lib "$root/lib"
ln -s usr/include "$root/include"

# clang looks for the C++ library's headers in one directory. The system's own compiler knows of another with those for the machine.
# https://github.com/llvm/llvm-project/blob/main/clang/lib/Driver/ToolChains/DragonFly.cpp
headers=$root/usr/include/c++/8.0
config=$(find "$root/usr" -path "*/bits/c++config.h" | sed -n 1p)
if [ ! -d "$headers" ] || [ -z "$config" ]; then
	echo "cross: $TRIPLE: the sysroot has no headers of GCC 8's C++ library" >&2
	exit 1
fi
if [ "$config" != "$headers/bits/c++config.h" ]; then
	cp -R "${config%/bits/*}/." "$headers"
fi

# Of no use here: libraries for profiles and for debuggers, and programs that link.
rm -rf "$root/usr/lib/profile" "$root/usr/lib/debug" "$root/usr/lib/gcc80/profile" "$root/usr/lib/gcc80/debug"
