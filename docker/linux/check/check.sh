#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, runs them and looks at what they ask of the machine they run on.
# Needs the environment that the image has. Writes what it found to <report>.
set -eu

: "${TRIPLE:?}" "${LOADER:?}" "${ELF_MACHINE:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"
runner=$(from_env "CARGO_TARGET_${upper}_RUNNER")

# needs_libc <program>: what it needs of the C library; check_libc: everything else about that; $libc_macros for its headers.
# shellcheck source=docker/linux-gnu/libc.sh
. "$source/libc.sh"

# inspect <program>: the machine, the interpreter and what it needs of the C library.
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
# Programs with the system's libraries in them are left out: those choose at run time what the processor can do.
keeps_to_baseline() {
	[ -n "${ABOVE_BASELINE:-}" ] || return 0
	# without addresses, some of which look like names of instructions
	{ "$TRIPLE-readelf" -A "$1" && "$TRIPLE-objdump" -d --no-show-raw-insn "$1"; } |
		sed -e 's/^ *[0-9a-f]*:	/	/' -e 's/[0-9a-f]* <.*>//' >"$1.code"
	if grep -nE -m 5 "$ABOVE_BASELINE" "$1.code" >&2; then
		fail "$1 has code for newer processors, the first lines of which are above"
	fi
}
# inspect_static <program>: it needs nothing.
inspect_static() {
	machine_of "$1"
	"$TRIPLE-readelf" -ldW "$1" | grep 'INTERP\|(NEEDED)' && fail "$1 is not static"
	echo "$1: $machine, static" >>"$report"
}

# Two thirds of the time that all of this takes: they are made beside the rest, and looked at when that is done.
"$cxx" -std=c++23 -pthread -o today "$source/today.cc" &
today=$!
with_cmake "$source" &
cmake=$!

"$cc" -O2 -fPIC -shared -o libshared.so "$source/shared.c"
"$cc" -O2 -c -o static.o "$source/static.c"
"$ar" crs libstatic.a static.o
"$linker" -O2 -pthread -o c "$source/main.c" -L. -lstatic -lshared -lm -Wl,-rpath,"$work"
inspect c
expect 'C 42' "$runner" ./c
# Neither the image's environment nor a variable of qemu's is needed.
expect 'C 42' env -i "$(command -v "$runner")" "$work/c"
# What a test says to its own loader is not said to one of the runner's.
/usr/bin/readelf -lW "$(command -v "$runner")" | grep -q INTERP && fail 'the runner is not static'
# link-time optimisation
"$cc" -O2 -flto -pthread -o lto "$source/main.c" "$source/static.c" "$source/shared.c" -lm
inspect lto
expect 'C 42' "$runner" ./lto
# and from an archive, whose list of names only the compiler's own ar can write
"$cc" -O2 -flto -fno-fat-lto-objects -c -o slim.o "$source/static.c"
"$TRIPLE-gcc-ar" crs libslim.a slim.o
"$cc" -O2 -flto -pthread -o lto-archive "$source/main.c" "$source/shared.c" -L. -lslim -lm
expect 'C 42' "$runner" ./lto-archive
# Atomics of every size, which some processors do not have, without a word of -latomic and without a library that results would need.
# Debian's libatomic chooses at run time what the processor can do, so the program's code is not looked at.
"$linker" -O2 -o atomics "$source/atomics.c"
machine_of atomics
expect 'atomics 11 22' "$runner" ./atomics
"$TRIPLE-readelf" -dW atomics | grep -q libatomic && fail 'a program with atomics needs a library of its own'
# C that GCC took for decades
"$cc" -w -o old "$source/old.c"
expect 7 "$runner" ./old
# no libraries at all
all_static() {
	"$cc" -O2 -static -pthread -o all-static "$source/main.c" "$source/static.c" "$source/shared.c" -lm
}
if [ -z "${OWN_LIBRARIES:-}" ]; then
	all_static
	# It wants nothing of the library of threads itself.
	echo 'int main(void) { return 0; }' | "$cc" -static -x c -o plain-static -
	"$runner" ./plain-static
	inspect_static all-static
	expect 'C 42' "$runner" ./all-static
elif all_static >all-static.log 2>&1; then
	fail "a static program has Debian's glibc in it, which is for newer processors"
fi

"$cxx" -O2 -std=c++17 -pthread -o cxx "$source/main.cc"
inspect cxx
expect 'C++ caught 42' "$runner" ./cxx
# gcc's own libraries in the program
"$cxx" -O2 -std=c++17 -pthread -static-libgcc -static-libstdc++ -o cxx-static "$source/main.cc"
inspect cxx-static
expect 'C++ caught 42' "$runner" ./cxx-static

wait "$cmake" || exit 1
inspect cmake/cxx
if has_part openssl; then
	with_openssl ssl
	for program in ssl cmake/ssl; do
		inspect "$program"
		expect 'OpenSSL ba7816bf' "$runner" "./$program"
	done
fi

if has_part libclang; then
	# Words.
	# shellcheck disable=SC2086
	with_libclang header.h "-DLONG=$(echo __SIZEOF_LONG__ | "$cc" -E -P -)" $libc_macros
fi

check_libc

wait "$today" || fail 'C++23 does not compile'
inspect today
expect 'C++23 caught 42' "$runner" ./today

# Programs that run while others are compiled use the compilers of this machine.
gcc -o host "$source/main.c" "$source/static.c" "$source/shared.c" -lm -pthread
expect 'C 42' ./host

cat "$report"
