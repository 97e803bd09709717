#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, and checks what they need of the machine that runs them. The image cannot
# run them itself. Needs the image's environment. Writes its findings to <report>.
set -eu

: "${TRIPLE:?}" "${CLANG_TARGET:?}" "${API_LEVEL:?}" "${ELF_MACHINE:?}" "${LOADER:?}" "${PAGE_SIZE:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"

# inspect <program>: checks its machine, its interpreter, its system and the libraries that it needs.
inspect() {
	interpreter=$(readelf -lW "$1" | sed -n 's/.*Requesting program interpreter: \(.*\)\]$/\1/p')
	[ "$interpreter" = "$LOADER" ] || fail "$1 asks for the interpreter '$interpreter', not '$LOADER'"
	readelf -nW "$1" | grep -q '^ *Android[[:space:]]' || fail "$1 has no note of Android"
	needs "$1"
}
# needs <file>: checks that it only needs libraries of the system, and that its segments fit the size of pages.
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
	# The variable is a list of words.
	# shellcheck disable=SC2086
	echo "$1:" $needed >>"$report"
}

# With no file to compile, -v only prints the compiler's version.
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
# Crates pass a name for the target without an API level.
"$cc" -O2 "--target=$CLANG_TARGET" -o target "$source/atomics.c"
inspect target

"$cxx" -O2 -std=c++17 -pthread -o cxx "$source/main.cc"
inspect cxx
"$cxx" -O2 -std=c++17 -pthread -fPIC -shared -Wl,-z,defs -Dmain=from_cxx -o libcxx.so "$source/main.cc"
needs libcxx.so
# Crates give rustc's linker C++ objects, and the name of the C++ library behind them.
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

# Build scripts run on this machine, so its own compiler has to make programs for it.
gcc -o host "$source/main.c" "$source/static.c" "$source/shared.c" -lm -pthread
[ "$(./host)" = 'C 42' ] || fail "the machine's own compiler"

cat "$report"
