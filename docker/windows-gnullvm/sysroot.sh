#!/bin/sh
# usage: sysroot.sh <zig> <parts>
# Copies Zig's files of mingw-w64 to /opt/cross/$TRIPLE, in the layout of mingw-w64 itself, in which clang looks for them.
set -eu

: "${TRIPLE:?}" "${ZIG_TARGET:?}" "${CLANG_TARGET:?}"

from=$1/lib
parts=$2
root=/opt/cross/$TRIPLE
include=$root/include
zig=/opt/cross/zig

mkdir -p "$zig/lib/lib/windows" "$include/c++"
cp "$1/zig" "$zig"
cp "$1/LICENSE" "$zig"
cp -R "$from/include" "$zig/lib/include"
cp "$parts/libclang_rt.builtins.a" "$zig/lib/lib/windows/libclang_rt.builtins-${ZIG_TARGET%%-*}.a"

cp -R "$from/libc/include/any-windows-any/." "$include"
cp -R "$from/libcxx/include" "$include/c++/v1"
cp -R "$from/libcxxabi/include/." "$include/c++/v1"
cp "$from/libunwind/include"/*.h "$include"
cp -R "$parts/lib" "$root/lib"
mkdir -p "$root/share/doc/mingw-w64"
cp "$from/libc/mingw/COPYING" "$root/share/doc/mingw-w64"

# Zig has removed from the headers the macros that it passes to the compiler. They are put back, because other programs read the headers
# too.
site=$include/c++/v1/__config_site
sed -n 's/^#define \(_LIBC[^ ]*\) *\(.*\)/#ifndef \1\n#define \1 \2\n#endif/p' "$parts/macros" >"$site"
sed -i 's/^#define _LIBCPP___CONFIG$/&\n#include <__config_site>/' "$include/c++/v1/__config"
grep -q '^#include <__config_site>$' "$include/c++/v1/__config"

# clang names these start files, but they are empty: they register tables of exceptions, which on Windows have a format that needs none.
cd "$(mktemp -d)"
: >empty.c
"$zig/zig" clang --target="$CLANG_TARGET" -c -o empty.o empty.c
for name in crtbegin crtend; do
	cp empty.o "$root/lib/$name.o"
done
