#!/bin/sh
# usage: parts.sh <zig> <directory>
# Lets Zig make what it links programs for ZIG_TARGET with, and takes that out of its cache: start files, stubs of the system's libraries
# with their symbols and versions, the compiler's own library, and LLVM's C++ library with its unwinder.
set -eu

: "${ZIG_TARGET:?}"

zig=$1/zig
mkdir -p "$2"
parts=$(cd "$2" && pwd)
cache=$(mktemp -d)
export ZIG_LOCAL_CACHE_DIR="$cache" ZIG_GLOBAL_CACHE_DIR="$cache"

# Zig has removed some macros from the headers and passes them to the compiler instead. They are saved for the sysroot's headers.
"$zig" c++ -target "$ZIG_TARGET" -O2 -dM -E -x c++ /dev/null |
	grep -E '^#define (_LIBCPP_|_LIBCXXABI_|__FreeBSD_version |__NetBSD_Version__ )' >"$parts/macros"

echo 'int main() { throw 1; }' >"$cache/main.cc"
"$zig" c++ -target "$ZIG_TARGET" -O2 -o "$cache/main" "$cache/main.cc"

for name in 'lib*.so.*' 'crt*.o' sysident.o libcompiler_rt.a libc++.a libc++abi.a; do
	# If two files have one name, the smaller is taken: Zig makes the larger of it and other start files.
	find "$cache/o" -name "$name" -printf '%s %p\n' | sort -n >"$cache/found"
	while read -r _ file; do
		case $file in
		# These archives may only name objects in the cache, so their contents are copied below.
		*/libc++*.a) echo "$file" >>"$cache/archives" ;;
		*) [ -e "$parts/${file##*/}" ] || cp "$file" "$parts" ;;
		esac
	done <"$cache/found"
done
# All are joined into one archive, so that `-lc++` is enough.
# shellcheck disable=SC2046
"$zig" ar qcL "$parts/libc++.a" $(cat "$cache/archives")
rm -rf "$cache"
ls -l "$parts"
