#!/bin/sh
# usage: parts.sh <zig> <directory>
# Lets Zig make what it links programs for ZIG_TARGET with, and takes that out of its cache: start files, mingw-w64's own library, the
# compiler's, and LLVM's C++ library with its unwinder.
set -eu

: "${ZIG_TARGET:?}"

zig=$1/zig
mkdir -p "$2/lib"
parts=$(cd "$2" && pwd)
lib=$parts/lib
# This path is fixed because Zig's archives contain the names of files in the cache.
cache=/tmp/zig
export ZIG_LOCAL_CACHE_DIR="$cache" ZIG_GLOBAL_CACHE_DIR="$cache"
mkdir "$cache"
cd "$cache"

# Zig has removed some macros from the headers and passes them to the compiler instead. They are saved for the sysroot's headers.
"$zig" c++ -target "$ZIG_TARGET" -O2 -dM -E -x c++ /dev/null | grep -E '^#define (_LIBCPP_|_LIBCXXABI_)' >"$parts/macros"

echo 'int main() { throw 1; }' >main.cc
echo 'int wmain(void) { return 0; }' >wide.c
echo 'int library(void) { return 0; }' >library.c
link() { # <start file> <name in the sysroot> <compiler> [argument]...
	object=$1
	name=$2
	compiler=$3
	shift 3
	: >began
	"$zig" "$compiler" -target "$ZIG_TARGET" -O2 -s "$@"
	find o -name "$object" -newer began -exec cp {} "$lib/$name" \;
	[ -s "$lib/$name" ] || {
		echo "cross: Zig made no $object" >&2
		exit 1
	}
}
link crt2.obj crt2.o c++ -o main.exe main.cc
link crt2.obj crt2u.o cc -municode -o wide.exe wide.c
link dllcrt2.obj dllcrt2.o cc -shared -o library.dll library.c

found() { # <name>: the file that Zig made
	find o -name "$1" | head -n 1
}
join() { # <archive> <archive>...
	"$zig" ar qcL "$@"
}
# With both in one archive, a C++ program only needs `-lc++` and an unwinder, which clang and rustc name.
join "$lib/libc++.a" "$(found c++.lib)" "$(found c++abi.lib)"
ln -s libc++.a "$lib/libstdc++.a"
cp "$(found unwind.lib)" "$lib/libunwind.a"
cp "$(found compiler_rt.lib)" "$parts/libclang_rt.builtins.a"
cp "$(found libmingw32.lib)" "$parts/libmingw32.a"
cp "$(found zigc.lib)" "$parts/libzigc.a"
cd /
rm -rf "$cache"
