#!/bin/sh
# usage: sysroot.sh <zig>
# Changes the sysroot in /opt/cross/$TRIPLE, which has the system's directories, so that clang finds its files. Copies clang to
# /opt/cross/zig.
set -eu

: "${TRIPLE:?}"

root=/opt/cross/$TRIPLE
mkdir -p /opt/cross/zig/lib
cp "$1/zig" "$1/LICENSE" /opt/cross/zig
cp -R "$1/lib/include" /opt/cross/zig/lib/include

# All libraries are put into one directory. The system has those that it needs first in `lib`, and links to them in `usr/lib`. CMake finds
# the directory by a link outside of /usr, which it is told to ignore because that is this machine's.
cp -a --remove-destination "$root/lib/." "$root/usr/lib"
rm -r "${root:?}/lib"
ln -s usr/lib "$root/lib"
ln -s usr/include "$root/include"

# clang looks for the C++ library's headers in one directory. The system has those for the processor in another, which its own compiler
# knows.
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

# Not needed here: libraries for profiling and debugging, and the system's own linkers.
rm -rf "$root/usr/lib/profile" "$root/usr/lib/debug" "$root/usr/lib/gcc80/profile" "$root/usr/lib/gcc80/debug"
