#!/bin/sh
# usage: sysroot.sh <zig> <parts>
# Copies Zig's files of the system to /opt/cross/$TRIPLE, in the layout of the system itself, in which clang looks for them.
set -eu

: "${TRIPLE:?}" "${ZIG_TARGET:?}" "${CLANG_TARGET:?}"

from=$1/lib
parts=$2
root=/opt/cross/$TRIPLE
lib=$root/usr/lib
include=$root/usr/include
cpu=${ZIG_TARGET%%-*}
system=${ZIG_TARGET#*-}
zig=/opt/cross/zig/zig

mkdir -p /opt/cross/zig/lib "$lib" "$include/c++"
# CMake finds the files by these links: it is told to ignore /usr because that is this machine's.
ln -s usr/include "$root/include"
ln -s usr/lib "$root/lib"
cp "$1/zig" "$zig"
cp "$1/LICENSE" /opt/cross/zig
cp -R "$from/include" /opt/cross/zig/lib/include

cp -R "$from/libc/include/generic-$system/." "$include"
cp -R "$from/libc/include/$cpu-$system-none/." "$include"
cp -R "$from/libcxx/include" "$include/c++/v1"
cp -R "$from/libcxxabi/include/." "$include/c++/v1"

# Zig has removed from the headers the macros that it passes to the compiler. They are put back, because other programs read the headers
# too.
version=$(sed -n 's/^#define \(__[FN][a-z]*BSD_[Vv]ersion[_]* .*\)/\1/p' "$parts/macros")
grep -rl "zig patch: .*${version%% *}" "$include" >/tmp/patched || :
while read -r file; do
	sed -i "s|^/\* zig patch: .*${version%% *}.*\*/\$|#define $version|" "$file"
done </tmp/patched
if ! grep -q "^#define $version" "$include/sys/param.h"; then
	echo "cross: $TRIPLE: <sys/param.h> has no place for $version" >&2
	exit 1
fi
site=$include/c++/v1/__config_site
sed -n 's/^#define \(_LIBC[^ ]*\) \(.*\)/#ifndef \1\n#define \1 \2\n#endif/p' "$parts/macros" >"$site"
sed -i 's/^#define _LIBCPP___CONFIG$/&\n#include <__config_site>/' "$include/c++/v1/__config"
grep -q '^#include <__config_site>$' "$include/c++/v1/__config"

for file in "$parts"/lib*.so.*; do
	name=${file##*/}
	cp "$file" "$lib"
	ln -s "$name" "$lib/${name%%.so.*}.so"
done
cp "$parts/libc++.a" "$lib"
# This linker script adds the system's unwinder, which clang does not link for every system. https://lld.llvm.org/ELF/linker_script.html
echo 'INPUT(-l:libc++.a AS_NEEDED(-l:libgcc_s.so.1) -l:libgcc.a)' >"$lib/libc++.so"
# For NetBSD the crate cc links C++ by this name.
ln -s libc++.a "$lib/libstdc++.a"
ln -s libc++.so "$lib/libstdc++.so"
# clang asks for the compiler's own library by the name of GCC's.
cp "$parts/libcompiler_rt.a" "$lib/libgcc.a"

clang() {
	"$zig" clang --target="$CLANG_TARGET" "$@"
}
link_shared() { # <file> <name that programs need> [object]...
	file=$1
	soname=$2
	shift 2
	clang -shared -nostdlib "--ld-path=/opt/cross/libexec/ld.lld" "-Wl,-soname,$soname" -o "$lib/$file" "$@"
	ln -s "$file" "$lib/${file%%.so.*}.so"
}
cd "$(mktemp -d)"
: >empty.c
clang -c -fPIC -o empty.o empty.c
"$zig" ar qc "$lib/libgcc_eh.a" empty.o

# Zig has no stub of the system's unwinder. Its functions are those of https://itanium-cxx-abi.github.io/cxx-abi/abi-eh.html and GCC's
# additional ones.
for name in Backtrace DeleteException Find_FDE FindEnclosingFunction ForcedUnwind GetCFA GetDataRelBase GetGR GetIP GetIPInfo \
	GetLanguageSpecificData GetRegionStart GetTextRelBase RaiseException Resume Resume_or_Rethrow SetGR SetIP; do
	printf 'void _Unwind_%s(void) {}\n' "$name"
done >unwind.c
printf 'void %s(void) {}\n' __register_frame __deregister_frame __register_frame_info __deregister_frame_info >>unwind.c
clang -w -c -fPIC -o unwind.o unwind.c
link_shared libgcc_s.so.1 libgcc_s.so.1 unwind.o
# rustc does not link the compiler's own library. Its replacement lacks the functions for atomics that C and C++ call on aarch64
# (https://clang.llvm.org/docs/ClangCommandLineReference.html#cmdoption-clang-moutline-atomics). But rustc names the unwinder, so this
# script with the unwinder's name adds the library.
rm "$lib/libgcc_s.so"
echo 'INPUT(-l:libgcc_s.so.1 -l:libgcc.a)' >"$lib/libgcc_s.so"

case $system in
freebsd)
	ln -s libthr.so "$lib/libpthread.so"
	cp "$parts/crt1.o" "$lib"
	ln -s crt1.o "$lib/Scrt1.o"
	# crt1.o contains all start code, so the other start files are empty.
	for name in crti crtn crtbegin crtbeginS crtbeginT crtend crtendS; do
		cp empty.o "$lib/$name.o"
	done
	# Rust's standard library names these libraries, because the crate libc declares their functions, but calls none of the functions. The
	# stubs are empty, so a program that calls one does not link. https://www.freebsd.org/cgi/man.cgi?query=kvm
	for name in libdevstat.so.7 libkvm.so.7 libmemstat.so.3 libprocstat.so.1; do
		link_shared "$name" "$name" empty.o
	done
	;;
netbsd)
	# Zig's own crt0.o contains crtbegin.o, which clang also names, so one without it is made.
	"$zig" ld.lld -r -o "$lib/crt0.o" "$parts/crt0.o" "$parts/crt0-common.o" "$parts/sysident.o"
	for name in crtbegin crtbeginS crtbeginT; do
		cp "$parts/crtbegin.o" "$lib/$name.o"
	done
	for name in crtend crtendS crti crtn; do
		cp empty.o "$lib/$name.o"
	done
	;;
esac
