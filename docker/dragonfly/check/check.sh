#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, and checks what they need of the machine that runs them. The image cannot
# run them itself. Needs the image's environment. Writes its findings to <report>.
set -eu

: "${TRIPLE:?}" "${ELF_MACHINE:?}" "${LOADER:?}" "${SYSTEM:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"
# shellcheck source=docker/kit/check.sh
. "$source/with-kit.sh"

root=/opt/cross/$TRIPLE

# inspect <program>: checks its machine, its system, its interpreter and the libraries that it needs.
inspect() {
	readelf -hW "$1" >header
	machine=$(sed -n 's/^ *Machine: *//p' header)
	[ "$machine" = "$ELF_MACHINE" ] || fail "$1 is for '$machine', not '$ELF_MACHINE'"
	interpreter=$(readelf -lW "$1" | sed -n 's/.*Requesting program interpreter: \(.*\)\]$/\1/p')
	[ "$interpreter" = "$LOADER" ] || fail "$1 asks for the interpreter '$interpreter', not '$LOADER'"
	# By this note the kernel knows the system's own programs.
	# https://github.com/DragonFlyBSD/DragonFlyBSD/blob/master/sys/kern/imgact_elf.c
	readelf -nW "$1" >notes
	grep -q "^ *${SYSTEM}[[:space:]]" notes || fail "$1 has no note of $SYSTEM: $(cat notes)"
	needs "$1"
}
# needs <file>: checks that it only needs libraries of the system, that these have all functions that it calls, and that it names the
# directory of GCC's libraries if it needs one of those.
needs() {
	readelf -dW "$1" >dynamic
	needed=$(sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' dynamic)
	: >known
	for library in $needed; do
		file=$root/usr/lib/$library
		[ -e "$file" ] || file=$library
		if [ ! -e "$file" ]; then
			file=$root/usr/lib/gcc80/$library
			grep -Eq '\((RPATH|RUNPATH)\).*/usr/lib/gcc80' dynamic || fail "$1 does not say where $library is"
		fi
		[ -e "$file" ] || fail "$1 needs $library, which the system does not have"
		nm -D --defined-only "$file" | sed -e 's/.* //' -e 's/@.*//' >>known
	done
	# The variable is a list of words.
	# shellcheck disable=SC2086
	only_calls_known "$1" $needed
}

# With no file to compile, -v only prints the compiler's version.
"$cc" -v >version 2>&1 || fail "'$cc -v' fails: $(cat version)"

"$cc" -O2 -fPIC -shared -o libshared.so "$source/shared.c" -Wl,-soname,libshared.so
"$cc" -O2 -fPIC -c -o static.o "$source/static.c"
"$ar" crs libstatic.a static.o
"$linker" -O2 -fPIE -pie -pthread -o c "$source/main.c" -L. -lstatic -lshared -lm -Wl,-rpath,"$work"
inspect c
readelf -hW c | grep -q '^ *Type: *DYN ' || fail "a program that is to be position-independent is not"
# not position-independent, as are the programs that OpenSSL and other projects link
"$linker" -O2 -fno-pie -pthread -o c-fixed "$source/main.c" "$source/static.c" "$source/shared.c" -lm
inspect c-fixed
# link-time optimisation in two steps, as crates do it: for this system clang cannot compile and link in one
for name in main static shared; do
	"$cc" -O2 -flto -fPIE -c -o "lto-$name.o" "$source/$name.c"
done
"$linker" -flto -pie -pthread -o lto lto-main.o lto-static.o lto-shared.o -lm
inspect lto
"$cc" -O2 -o atomics "$source/atomics.c"
inspect atomics
# Crates pass a name for the target without a release.
"$cc" -O2 "--target=$TRIPLE" -o target "$source/atomics.c"
inspect target

"$cxx" -O2 -std=c++17 -pthread -o cxx "$source/main.cc"
inspect cxx
"$cxx" -O2 -std=c++17 -pthread -fPIC -shared -Wl,-z,defs -Dmain=from_cxx -o libcxx.so "$source/main.cc"
needs libcxx.so
# Crates give rustc's linker C++ objects, and the name of the C++ library behind them.
"$cxx" -O2 -std=c++17 -fPIE -c -o cxx.o "$source/main.cc"
"$linker" -pie -pthread -o cxx-named cxx.o -lstdc++ -lm
inspect cxx-named

# the arguments with which rustc links
echo 'int main(void) { static int at; return __atomic_fetch_add(&at, 1, __ATOMIC_SEQ_CST); }' | "$cc" -O2 -fPIE -x c -c -o next.o -
"$linker" -nodefaultlibs -pie -o next next.o -lexecinfo -lpthread -lgcc_pic -lc -lm -lrt -lutil -lkvm
inspect next
"$linker" -nodefaultlibs -pie -o cxx-next cxx.o -lstdc++ -lpthread -lgcc_pic -lc -lm
inspect cxx-next

check_the_rest
