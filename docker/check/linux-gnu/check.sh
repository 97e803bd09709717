#!/bin/sh
# usage: check.sh <report>
# Compiles programs for a target of GNU/Linux in every way that crates do, and checks what they need of the machine that runs them. It
# replaces linux/check/check.sh in images that cannot run the target's programs, and compiles that check's sources. Needs the image's
# environment. Writes its findings to <report>.
set -eu

: "${TRIPLE:?}" "${LOADER:?}" "${ELF_MACHINE:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"

# libc.sh has needs_libc <program>, which checks what a program needs of the C library; check_libc, which checks the C library in other
# ways; and $libc_macros, the macros that its headers are checked with.
# shellcheck source=docker/linux-gnu/libc.sh
. "$source/libc.sh"

readelf=$TRIPLE-readelf
bits=$(echo __SIZEOF_POINTER__ | "$cc" -E -P -)
class=ELF$((bits * 8))
sysroot=/opt/cross/$TRIPLE/lib

# machine_of <file>: checks that it is for the row's machine, with pointers of the right size.
machine_of() {
	"$readelf" -hW "$1" >header
	machine=$(sed -n 's/^ *Machine: *//p' header)
	[ "$machine" = "$ELF_MACHINE" ] || fail "$1 is for '$machine', not '$ELF_MACHINE'"
	size=$(sed -n 's/^ *Class: *//p' header)
	[ "$size" = "$class" ] || fail "$1 is of the class $size, not $class"
}
# inspect <program>: checks its machine, its interpreter and what it needs of the system.
inspect() {
	machine_of "$1"
	interpreter=$("$readelf" -lW "$1" | sed -n 's/.*Requesting program interpreter: \(.*\)\]$/\1/p')
	[ "$interpreter" = "$LOADER" ] || fail "$1 asks for the interpreter '$interpreter', not '$LOADER'"
	needs_libc "$1"
	needs "$1"
}
# needs <file>: checks that it only needs libraries of every such system, and that these have all functions that it calls.
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
# inspect_static <program>: checks that it needs neither an interpreter nor a library.
inspect_static() {
	machine_of "$1"
	! "$readelf" -ldW "$1" | grep 'INTERP\|(NEEDED)' || fail "$1 is not static"
	echo "$1: $machine, static" >>"$report"
}

"$cxx" -std=c++23 -pthread -o today "$source/today.cc" &
today=$!
# The project tries to run a program, which is not possible here. With this option CMake takes the result as known.
with_cmake "$source" -DRUNS=ON &
cmake=$!

"$cc" -O2 -fPIC -shared -o libshared.so "$source/shared.c"
"$cc" -O2 -c -o static.o "$source/static.c"
"$ar" crs libstatic.a static.o
"$linker" -O2 -pthread -o c "$source/main.c" -L. -lstatic -lshared -lm -Wl,-rpath,"$work"
inspect c
# not position-independent, as are the programs that OpenSSL and other projects link
"$linker" -O2 -no-pie -fno-pie -pthread -o c-fixed "$source/main.c" "$source/static.c" "$source/shared.c" -lm
inspect c-fixed
# link-time optimisation, also with an archive, whose index only GCC's own ar can write
"$cc" -O2 -flto -pthread -o lto "$source/main.c" "$source/static.c" "$source/shared.c" -lm
inspect lto
"$cc" -O2 -flto -fno-fat-lto-objects -c -o slim.o "$source/static.c"
"$TRIPLE-gcc-ar" crs libslim.a slim.o
"$cc" -O2 -flto -pthread -o lto-archive "$source/main.c" "$source/shared.c" -L. -lslim -lm
inspect lto-archive
# atomics of every size, without -latomic and without a shared library that results would need
"$linker" -O2 -o atomics "$source/atomics.c"
inspect atomics
# rustc links with -nodefaultlibs, and names libgcc and the C library before what the compiler adds.
"$cc" -O2 -c -o atomics.o "$source/atomics.c"
"$linker" -nodefaultlibs -o atomics-as-rustc atomics.o -lgcc_s -lc
inspect atomics-as-rustc
# old C, which GCC accepted for decades
"$cc" -w -o old "$source/old.c"
inspect old
"$cc" -O2 -static -pthread -o all-static "$source/main.c" "$source/static.c" "$source/shared.c" -lm
inspect_static all-static

"$cxx" -O2 -std=c++17 -pthread -o cxx "$source/main.cc"
inspect cxx
"$cxx" -O2 -std=c++17 -pthread -fPIC -shared -Wl,-z,defs -Dmain=from_cxx -o libcxx.so "$source/main.cc"
needs libcxx.so
# crates give rustc's linker C++ objects, and the name of the C++ library behind them
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
	# The variable is a list of words.
	# shellcheck disable=SC2086
	with_libclang header.h "-DLONG=$(echo __SIZEOF_LONG__ | "$cc" -E -P -)" $libc_macros
fi

check_libc

wait "$today" || fail 'C++23 does not compile'
inspect today

# Build scripts run on this machine, so its own compiler has to make programs for it.
gcc -o host "$source/main.c" "$source/static.c" "$source/shared.c" -lm -pthread
expect 'C 42' ./host

cat "$report"
