#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, runs them, and checks what they need of the runtime.
# Needs the image's environment. Writes its findings to <report>.
set -eu

: "${TRIPLE:?}" "${IMPORTS:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"
runner=$(from_env "CARGO_TARGET_${upper}_RUNNER")
sysroot=$(from_env WASI_SYSROOT)

# inspect <program>: checks that it is WebAssembly, and that it imports from one module only.
inspect() {
	imports=$(node "$source/imports.mjs" "$1") || fail "$1 is no WebAssembly program"
	[ "$imports" = "$IMPORTS" ] || fail "$1 imports from '$imports', not from '$IMPORTS'"
	echo "$1: imports from $imports" >>"$report"
}

"$cc" -O2 -c -o static.o "$source/static.c"
"$ar" crs libstatic.a static.o
"$cc" -O2 -o c.wasm "$source/main.c" -L. -lstatic -lm
inspect c.wasm
expect 'C 42 a b' "$runner" ./c.wasm a b
# A program runs without the image's environment.
expect 'C 42' env -i "$(command -v "$runner")" "$work/c.wasm"
# files by relative and absolute paths, and exit codes
echo text >file
expect text "$runner" ./c.wasm --read file
expect text "$runner" ./c.wasm --read "$work/file"
status=0
"$runner" ./c.wasm --exit 7 || status=$?
[ "$status" = 7 ] || fail "a program that ends with 7 ended with $status"

# rustc's linker, called without rustc
"$cc" -O2 -c -o main.o "$source/main.c"
"$linker" crt1-command.o main.o static.o -lc -o linked.wasm
inspect linked.wasm
expect 'C 42' "$runner" ./linked.wasm

"$cxx" -O2 -std=c++17 -o cxx.wasm "$source/main.cc"
inspect cxx.wasm
expect 'C++ 42' "$runner" ./cxx.wasm
# with the arguments of the crate cc
"$cxx" --target="$TRIPLE" --sysroot="$sysroot" -fno-exceptions -O2 -o cxx-cc.wasm -DQUIET "$source/main.cc"
expect 'C++ 42' "$runner" ./cxx-cc.wasm

with_cmake "$source"
inspect cmake/c
expect 'C 42' "$runner" cmake/c

with_libclang header.h

# Build scripts run on this machine, so its own compiler has to make programs for it.
printf 'int main(void) { return 0; }\n' | gcc -o host -x c -
./host

cat "$report"
