#!/bin/sh
# usage: check.sh <report>
# Compiles programs for a target of GNU/Linux in every way that crates do, and looks at what they ask of the machine that they would run on:
# there is nothing here that could run them. It stands in the place of linux/check/check.sh, whose sources it compiles. Needs the
# environment that the image has. Writes what it found to <report>.
set -eu

: "${TRIPLE:?}" "${LOADER:?}" "${ELF_MACHINE:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"

# needs_libc <program>: what it needs of the C library; check_libc: everything else about that; $libc_macros for its headers.
# shellcheck source=docker/linux-gnu/libc.sh
. "$source/libc.sh"

readelf=$TRIPLE-readelf
bits=$(echo __SIZEOF_POINTER__ | "$cc" -E -P -)
class=ELF$((bits * 8))
sysroot=/opt/cross/$TRIPLE/lib

# machine_of <file>: for the machine, with pointers of its size.
machine_of() {
	"$readelf" -hW "$1" >header
	machine=$(sed -n 's/^ *Machine: *//p' header)
	[ "$machine" = "$ELF_MACHINE" ] || fail "$1 is for '$machine', not '$ELF_MACHINE'"
	size=$(sed -n 's/^ *Class: *//p' header)
	[ "$size" = "$class" ] || fail "$1 is of the class $size, not $class"
}
# inspect <program>: the machine, the interpreter, and what it needs of the system.
inspect() {
	machine_of "$1"
	interpreter=$("$readelf" -lW "$1" | sed -n 's/.*Requesting program interpreter: \(.*\)\]$/\1/p')
	[ "$interpreter" = "$LOADER" ] || fail "$1 asks for the interpreter '$interpreter', not '$LOADER'"
	needs_libc "$1"
	needs "$1"
}
# needs <file>: libraries that such a system has, which have all that it calls.
needs() {
	needed=$("$readelf" -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p')
	: >known
	for library in $needed; do
		file=$sysroot/$library
		case $library in
		libshared.so) file=$library ;;
		libc.so.6 | libdl.so.2 | libgcc_s.so.1 | libm.so.6 | libpthread.so.0 | librt.so.1 | "${LOADER##*/}") ;;
		*) fail "$1 needs $library" ;;
		esac
		machine_of "$file"
		"$TRIPLE-nm" -D --defined-only "$file" | sed -e 's/.* //' -e 's/@@/@/' >>known
	done
	"$TRIPLE-nm" -D --undefined-only "$1" | sed -n 's/^ *U //p' | grep -vxF -f known >unknown || :
	[ ! -s unknown ] || fail "$1 calls what no library that it needs has: $(tr '\n' ' ' <unknown)"
}
# inspect_static <program>: it needs nothing.
inspect_static() {
	machine_of "$1"
	! "$readelf" -ldW "$1" | grep 'INTERP\|(NEEDED)' || fail "$1 is not static"
	echo "$1: $machine, static" >>"$report"
}

"$cxx" -std=c++23 -pthread -o today "$source/today.cc" &
today=$!
# The project asks whether a program runs, which it takes for answered.
with_cmake "$source" -DRUNS=ON &
cmake=$!

"$cc" -O2 -fPIC -shared -o libshared.so "$source/shared.c"
"$cc" -O2 -c -o static.o "$source/static.c"
"$ar" crs libstatic.a static.o
"$linker" -O2 -pthread -o c "$source/main.c" -L. -lstatic -lshared -lm -Wl,-rpath,"$work"
inspect c
# not position-independent, as OpenSSL and others link their own programs
"$linker" -O2 -no-pie -fno-pie -pthread -o c-fixed "$source/main.c" "$source/static.c" "$source/shared.c" -lm
inspect c-fixed
# link-time optimisation, and from an archive, whose list of names only the compiler's own ar can write
"$cc" -O2 -flto -pthread -o lto "$source/main.c" "$source/static.c" "$source/shared.c" -lm
inspect lto
"$cc" -O2 -flto -fno-fat-lto-objects -c -o slim.o "$source/static.c"
"$TRIPLE-gcc-ar" crs libslim.a slim.o
"$cc" -O2 -flto -pthread -o lto-archive "$source/main.c" "$source/shared.c" -L. -lslim -lm
inspect lto-archive
# atomics of every size, without a word of -latomic and without a library that results would need
"$linker" -O2 -o atomics "$source/atomics.c"
inspect atomics
# C that GCC took for decades
"$cc" -w -o old "$source/old.c"
inspect old
"$cc" -O2 -static -pthread -o all-static "$source/main.c" "$source/static.c" "$source/shared.c" -lm
inspect_static all-static

"$cxx" -O2 -std=c++17 -pthread -o cxx "$source/main.cc"
inspect cxx
"$cxx" -O2 -std=c++17 -pthread -fPIC -shared -Wl,-z,defs -Dmain=from_cxx -o libcxx.so "$source/main.cc"
needs libcxx.so
# what crates hand over to rustc's linker: objects in C++, and the C++ library's name behind them
"$cxx" -O2 -std=c++17 -fPIE -c -o cxx.o "$source/main.cc"
"$linker" -pie -pthread -o cxx-linked cxx.o -lstdc++ -lm
inspect cxx-linked

wait "$cmake" || exit 1
inspect cmake/cxx
if has_part openssl; then
	with_openssl ssl
	inspect ssl
	inspect cmake/ssl
fi

if has_part libclang; then
	# Words.
	# shellcheck disable=SC2086
	with_libclang header.h "-DLONG=$(echo __SIZEOF_LONG__ | "$cc" -E -P -)" $libc_macros
fi

check_libc

wait "$today" || fail 'C++23 does not compile'
inspect today

# Programs that run while others are compiled use the compilers of this machine.
gcc -o host "$source/main.c" "$source/static.c" "$source/shared.c" -lm -pthread
expect 'C 42' ./host

cat "$report"
