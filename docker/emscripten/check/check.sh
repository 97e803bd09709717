#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, and runs them. Needs the image's environment. Writes its findings to
# <report>.
set -eu

: "${TRIPLE:?}" "${EXCEPTIONS:?}" "${IMPORTS?}" "${OBJECT_FORMAT:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"
runner=$(from_env "CARGO_TARGET_${upper}_RUNNER")

# inspect <program>: checks that the file beside it is WebAssembly and imports only from the modules in IMPORTS. For the row without
# WebAssembly it checks that the program is one file.
inspect() {
	if [ "$OBJECT_FORMAT" = javascript ]; then
		for file in "${1%.js}".*; do
			[ "$file" = "$1" ] || fail "$1 comes with $file"
		done
		node --no-expose-wasm "$1" >/dev/null || fail "$1 does not run without WebAssembly"
		echo "$1: JavaScript alone" >>"$report"
		return
	fi
	imports=$(node "$source/imports.mjs" "${1%.js}.wasm") || fail "$1 comes without a WebAssembly module"
	[ "$imports" = "$IMPORTS" ] || fail "$1 imports from '$imports', not from '$IMPORTS'"
	echo "$1: imports from $imports" >>"$report"
}

kinds=$EXCEPTIONS
[ "$OBJECT_FORMAT" = javascript ] || kinds='-fwasm-exceptions -fexceptions'

# Different variants of the libraries have to be there: with and without assertions, with and without the file system.
for level in -O0 -O2; do
	"$cc" "$level" -c -o static.o "$source/static.c"
	rm -f libstatic.a
	"$ar" crs libstatic.a static.o
	"$cc" "$level" -o c.js "$source/main.c" -L. -lstatic -lm
	expect 'C 42 a b' "$runner" ./c.js a b
	# A program runs without the image's environment and, if it needs no files of the host, without the runner.
	expect 'C 42' env -i "$(command -v "$runner")" "$work/c.js"
	expect 'C 42' node ./c.js
	# files by relative and absolute paths, and exit codes
	echo text >file
	expect text "$runner" ./c.js --read file
	expect text "$runner" ./c.js --read "$work/file"
	status=0
	"$runner" ./c.js --exit 7 || status=$?
	[ "$status" = 7 ] || fail "a program that ends with 7 ended with $status"

	# Exceptions and longjmp work with both kinds of exceptions. JavaScript without WebAssembly has only one.
	for kind in $kinds; do
		"$cxx" "$level" "$kind" -std=c++17 -o cxx.js "$source/main.cc"
		expect 'C++ 42' "$runner" ./cxx.js
	done
done
# without any option, as the crate cc compiles. Optimized programs have shorter names of modules and functions.
"$cxx" -o cxx.js "$source/main.cc"
inspect cxx.js
expect 'C++ 42' "$runner" ./cxx.js

if has_part openssl; then
	with_openssl ssl.js
	expect 'OpenSSL ba7816bf' "$runner" ./ssl.js
fi

# rustc's linker, called without rustc, with an object that declares features of a newer LLVM
"$cc" -O2 -c -o main.o "$source/main.c"
"$cc" -c -o newer.o "$source/newer.s"
"$linker" -O2 main.o static.o newer.o -o linked.js
expect 'C 42' "$runner" ./linked.js

# If a variant of a library is missing, the error names it, and Emscripten does not try to build it.
if "$cc" -pthread -o threads.js "$source/main.c" static.o 2>message; then
	fail 'there are libraries for threads'
fi
grep -q 'error: no .*-mt.* in this image' message || fail "no word of the library that is missing: $(cat message)"

with_cmake "$source"
expect 'C 42' "$runner" cmake/c.js
expect 'C++ 42' "$runner" cmake/cxx.js

with_libclang header.h

# Build scripts run on this machine, so its own compiler has to make programs for it.
printf 'int main(void) { return 0; }\n' | gcc -o host -x c -
./host

cat "$report"
