#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, runs them, and checks what they need of the machine that runs them.
# Needs the image's environment. Writes its findings to <report>.
set -eu

: "${TRIPLE:?}" "${LOADER:?}" "${ELF_MACHINE:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"
runner=$(from_env "CARGO_TARGET_${upper}_RUNNER")

# libc.sh has has_cxx, which succeeds if the image has C++'s library; needs_libc <program>, which checks what a program needs of the C library;
# check_libc, which checks the C library in other ways; and $libc_macros, the macros that its headers are checked with.
# shellcheck source=docker/linux-gnu/libc.sh
. "$source/libc.sh"

# inspect <program>: checks its machine, its interpreter, what it needs of the C library, and its instructions.
inspect() {
	machine_of "$1"
	interpreter=$("$TRIPLE-readelf" -lW "$1" | sed -n 's/.*Requesting program interpreter: \(.*\)\]$/\1/p')
	[ "$interpreter" = "$LOADER" ] || fail "$1 asks for the interpreter '$interpreter', not '$LOADER'"
	needs_libc "$1"
	keeps_to_baseline "$1"
}
machine_of() {
	machine=$("$TRIPLE-readelf" -h "$1" | sed -n 's/^ *Machine: *//p')
	[ "$machine" = "$ELF_MACHINE" ] || fail "$1 is for '$machine', not '$ELF_MACHINE'"
}
# keeps_to_baseline <program>: checks that it has no instructions of newer processors (ABOVE_BASELINE). It is not called for programs with
# the system's libraries in them, which choose at run time what the processor can do.
keeps_to_baseline() {
	[ -n "${ABOVE_BASELINE:-}" ] || return 0
	# Addresses are removed because some of them look like names of instructions.
	{ "$TRIPLE-readelf" -A "$1" && "$TRIPLE-objdump" -d --no-show-raw-insn "$1"; } |
		sed -e 's/^ *[0-9a-f]*:	/	/' -e 's/[0-9a-f]* <.*>//' >"$1.code"
	if grep -nE -m 5 "$ABOVE_BASELINE" "$1.code" >&2; then
		fail "$1 has code for newer processors, the first lines of which are above"
	fi
}
# inspect_static <program>: checks that it needs neither an interpreter nor a library.
inspect_static() {
	machine_of "$1"
	"$TRIPLE-readelf" -ldW "$1" | grep 'INTERP\|(NEEDED)' && fail "$1 is not static"
	echo "$1: $machine, static" >>"$report"
}

# These two take two thirds of the check's time, so they are compiled in the background and checked at the end.
if has_cxx; then
	"$cxx" -std=c++23 -pthread -o today "$source/today.cc" &
	today=$!
	with_cmake "$source" &
	cmake=$!
fi

"$cc" -O2 -fPIC -shared -o libshared.so "$source/shared.c"
"$cc" -O2 -c -o static.o "$source/static.c"
"$ar" crs libstatic.a static.o
"$linker" -O2 -pthread -o c "$source/main.c" -L. -lstatic -lshared -lm -Wl,-rpath,"$work"
inspect c
expect 'C 42' "$runner" ./c
# A program runs without the image's environment and without variables for QEMU.
expect 'C 42' env -i "$(command -v "$runner")" "$work/c"
# Variables that a test sets for its own loader must not affect the runner.
/usr/bin/readelf -lW "$(command -v "$runner")" | grep -q INTERP && fail 'the runner is not static'
# link-time optimisation
"$cc" -O2 -flto -pthread -o lto "$source/main.c" "$source/static.c" "$source/shared.c" -lm
inspect lto
expect 'C 42' "$runner" ./lto
# link-time optimisation with an archive, whose index only GCC's own ar can write
"$cc" -O2 -flto -fno-fat-lto-objects -c -o slim.o "$source/static.c"
"$TRIPLE-gcc-ar" crs libslim.a slim.o
"$cc" -O2 -flto -pthread -o lto-archive "$source/main.c" "$source/shared.c" -L. -lslim -lm
expect 'C 42' "$runner" ./lto-archive
# Atomics of every size link without -latomic, even those that the processor lacks, and results need no shared libatomic for them. The
# program's instructions are not checked, because Debian's libatomic chooses at run time what the processor can do.
"$linker" -O2 -o atomics "$source/atomics.c"
machine_of atomics
expect 'atomics 11 22' "$runner" ./atomics
# rustc links with -nodefaultlibs, and names libgcc and the C library before what the compiler adds.
"$cc" -O2 -c -o atomics.o "$source/atomics.c"
"$linker" -nodefaultlibs -o atomics-as-rustc atomics.o -lgcc_s -lc
expect 'atomics 11 22' "$runner" ./atomics-as-rustc
"$TRIPLE-readelf" -dW atomics | grep -q libatomic && fail 'a program with atomics needs a library of its own'
# old C, which GCC accepted for decades
"$cc" -w -o old "$source/old.c"
expect 7 "$runner" ./old
# no libraries at all
all_static() {
	"$cc" -O2 -static -pthread -o all-static "$source/main.c" "$source/static.c" "$source/shared.c" -lm
}
if [ -z "${OWN_LIBRARIES:-}" ]; then
	all_static
	# a static program that calls nothing of libpthread
	echo 'int main(void) { return 0; }' | "$cc" -static -x c -o plain-static -
	"$runner" ./plain-static
	inspect_static all-static
	expect 'C 42' "$runner" ./all-static
elif all_static >all-static.log 2>&1; then
	fail "a static program has Debian's glibc in it, which is for newer processors"
fi

if has_cxx; then
	"$cxx" -O2 -std=c++17 -pthread -o cxx "$source/main.cc"
	inspect cxx
	expect 'C++ caught 42' "$runner" ./cxx
	# GCC's own libraries linked statically
	"$cxx" -O2 -std=c++17 -pthread -static-libgcc -static-libstdc++ -o cxx-static "$source/main.cc"
	inspect cxx-static
	expect 'C++ caught 42' "$runner" ./cxx-static

	wait "$cmake" || exit 1
	inspect cmake/cxx
fi
if has_part openssl; then
	with_openssl ssl
	for program in ssl cmake/ssl; do
		# Without C++, CMake was not tried.
		[ -e "$program" ] || has_cxx || continue
		inspect "$program"
		expect 'OpenSSL ba7816bf' "$runner" "./$program"
	done
fi

if has_part libclang; then
	# The variable is a list of words.
	# shellcheck disable=SC2086
	with_libclang header.h "-DLONG=$(echo __SIZEOF_LONG__ | "$cc" -E -P -)" $libc_macros
fi

check_libc

if has_cxx; then
	wait "$today" || fail 'C++23 does not compile'
	inspect today
	expect 'C++23 caught 42' "$runner" ./today
fi

# Build scripts run on this machine, so its own compiler has to make programs for it.
gcc -o host "$source/main.c" "$source/static.c" "$source/shared.c" -lm -pthread
expect 'C 42' ./host

cat "$report"
