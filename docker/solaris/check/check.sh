#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, and checks what they need of the machine that runs them. The image cannot
# run them itself. Needs the image's environment. Writes its findings to <report>.
set -eu

: "${TRIPLE:?}" "${ELF_MACHINE:?}" "${LOADER:?}" "${LIBRARY_DIR:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"
# shellcheck source=docker/kit/check.sh
. "$source/with-kit.sh"

sysroot=/opt/cross/$TRIPLE/sysroot
[ -e "$sysroot/usr/lib/$LIBRARY_DIR/crt1.o" ] || fail "the sysroot has no libraries for programs of 64 bits"

# inspect <program>: checks its machine, its interpreter and the libraries that it needs.
inspect() {
	interpreter=$(readelf -lW "$1" | sed -n 's/.*Requesting program interpreter: \(.*\)\]$/\1/p')
	[ "$interpreter" = "$LOADER" ] || fail "$1 asks for the interpreter '$interpreter', not '$LOADER'"
	needs "$1"
}
# needs <file>: checks that it only needs libraries of the system, and that these have all functions that it calls.
needs() {
	machine=$(readelf -hW "$1" | sed -n 's/^ *Machine: *//p')
	[ "$machine" = "$ELF_MACHINE" ] || fail "$1 is for '$machine', not '$ELF_MACHINE'"
	needed=$(readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p')
	: >known
	for library in $needed; do
		file=
		for at in "$sysroot/lib/$LIBRARY_DIR/$library" "$sysroot/usr/lib/$LIBRARY_DIR/$library" "$library"; do
			[ -n "$file" ] || [ ! -e "$at" ] || file=$at
		done
		[ -n "$file" ] || fail "$1 needs $library, which the system does not have"
		case $library in
		libstdc++* | libgomp* | libatomic*) fail "$1 needs $library, which is to be part of it" ;;
		esac
		nm -D --defined-only "$file" | sed -e 's/.* //' -e 's/@.*//' >>known
	done
	# The variable is a list of words.
	# shellcheck disable=SC2086
	only_calls_known "$1" $needed
}

"$cc" -O2 -fPIC -shared -o libshared.so "$source/shared.c" -Wl,-soname,libshared.so
"$cc" -O2 -fPIC -c -o static.o "$source/static.c"
"$ar" crs libstatic.a static.o
"$linker" -O2 -pthread -o c "$source/main.c" -L. -lstatic -lshared -lm -Wl,-rpath,"$work"
inspect c
# link-time optimisation, as crates do it
"$linker" -O2 -flto -pthread -o lto "$source/main.c" "$source/static.c" "$source/shared.c" -lm
inspect lto
"$cc" -O2 -o atomics "$source/atomics.c"
inspect atomics

"$cxx" -O2 -std=c++17 -pthread -o cxx "$source/main.cc"
inspect cxx
"$cxx" -O2 -std=c++17 -pthread -fPIC -shared -Wl,-z,defs -Dmain=from_cxx -o libcxx.so "$source/main.cc"
needs libcxx.so
# Crates give rustc's linker C++ objects, and the name of the C++ library behind them.
"$cxx" -O2 -std=c++17 -fPIC -c -o cxx.o "$source/main.cc"
"$linker" -pthread -o cxx-named cxx.o -lstdc++ -lm
inspect cxx-named

# the arguments with which rustc links, with an option of the system's own linker
echo 'int main(void) { static int at; return __atomic_fetch_add(&at, 1, __ATOMIC_SEQ_CST); }' | "$cc" -O2 -fPIC -x c -c -o next.o -
"$linker" -m64 -nodefaultlibs -Wl,-z,ignore -o next next.o -lsendfile -llgrp -lsocket -lposix4 -lpthread -lresolv -lgcc_s -lc -lm -lrt
inspect next
case $(readelf -dW next) in
*liblgrp*) fail "a program needs a library of which it uses nothing" ;;
esac
"$linker" -m64 -nodefaultlibs -o cxx-next cxx.o -lstdc++ -lpthread -lgcc_s -lc -lm
inspect cxx-next
# https://github.com/rust-lang/rust/issues/137997
echo '#include <math.h>
int main(int count, char **words) { return (int)logb(count + (words != 0)); }' | "$cc" -O2 -fno-builtin -x c -o logarithm - -lm
inspect logarithm

check_the_rest
