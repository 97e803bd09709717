#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, and looks at what they ask of the machine that they would run on: there is
# nothing here that could run them. Needs the environment that the image has. Writes what it found to <report>.
set -eu

: "${TRIPLE:?}" "${CLANG_TARGET:?}" "${API_LEVEL:?}" "${ELF_MACHINE:?}" "${LOADER:?}" "${PAGE_SIZE:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"

# inspect <program>: the machine, the interpreter, the system and what it needs.
inspect() {
	interpreter=$(readelf -lW "$1" | sed -n 's/.*Requesting program interpreter: \(.*\)\]$/\1/p')
	[ "$interpreter" = "$LOADER" ] || fail "$1 asks for the interpreter '$interpreter', not '$LOADER'"
	readelf -nW "$1" | grep -q '^ *Android[[:space:]]' || fail "$1 has no note of Android"
	needs "$1"
}
# needs <file>: libraries of the system alone, in segments that fit its pages.
needs() {
	machine=$(readelf -hW "$1" | sed -n 's/^ *Machine: *//p')
	[ "$machine" = "$ELF_MACHINE" ] || fail "$1 is for '$machine', not '$ELF_MACHINE'"
	for alignment in $(readelf -lW "$1" | sed -n 's/^ *LOAD .* //p' | sort -u); do
		[ "$((alignment))" -ge "$((PAGE_SIZE))" ] || fail "$1 has segments for pages of $alignment, not $PAGE_SIZE"
	done
	needed=$(readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p')
	for library in $needed; do
		case $library in
		libc.so | libdl.so | liblog.so | libm.so | libshared.so) ;;
		*) fail "$1 needs $library" ;;
		esac
	done
	# Words.
	# shellcheck disable=SC2086
	echo "$1:" $needed >>"$report"
}

# Without a file to compile the compiler only says what it is.
"$cc" -v >version 2>&1 || fail "'$cc -v' fails: $(cat version)"

"$cc" -O2 -fPIC -shared -o libshared.so "$source/shared.c" -Wl,-soname,libshared.so
"$cc" -O2 -fPIC -c -o static.o "$source/static.c"
"$ar" crs libstatic.a static.o
"$linker" -O2 -fPIE -pie -pthread -o c "$source/main.c" -L. -lstatic -lshared -lm
inspect c
# link-time optimisation, as crates do it
for name in main static shared; do
	"$cc" -O2 -flto -fPIE -c -o "lto-$name.o" "$source/$name.c"
done
"$linker" -flto -pie -pthread -o lto lto-main.o lto-static.o lto-shared.o -lm
inspect lto
"$cc" -O2 -o atomics "$source/atomics.c"
inspect atomics
# A name for the target without a level, which crates hand over.
"$cc" -O2 "--target=$CLANG_TARGET" -o target "$source/atomics.c"
inspect target

"$cxx" -O2 -std=c++17 -pthread -o cxx "$source/main.cc"
inspect cxx
"$cxx" -O2 -std=c++17 -pthread -fPIC -shared -Wl,-z,defs -Dmain=from_cxx -o libcxx.so "$source/main.cc"
needs libcxx.so
# What crates hand over to rustc's linker: objects in C++, and the C++ library's name behind them.
"$cxx" -O2 -std=c++17 -fPIE -c -o cxx.o "$source/main.cc"
"$linker" -pie -pthread -o cxx-static cxx.o -lc++_static -lm
inspect cxx-static

if has_part openssl; then
	with_openssl ssl
	inspect ssl
fi

with_cmake "$source/cmake"
inspect cmake/cxx
[ ! -e cmake/ssl ] || inspect cmake/ssl

has_headers_of_libclang
if has_part libclang; then
	with_libclang system.h "-DLEVEL=$API_LEVEL" "-DLONG=$(echo __SIZEOF_LONG__ | "$cc" -E -P -)"
fi

# Programs that run while others are compiled use the compilers of this machine.
gcc -o host "$source/main.c" "$source/static.c" "$source/shared.c" -lm -pthread
[ "$(./host)" = 'C 42' ] || fail "the machine's own compiler"

cat "$report"
