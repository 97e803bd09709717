#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, and checks what they need of the machine that runs them. The image cannot
# run them itself. Needs the image's environment. Writes its findings to <report>.
set -eu

: "${TRIPLE:?}" "${CLANG_TARGET:?}" "${ELF_MACHINE:?}" "${LOADER:?}" "${SYSTEM:?}" "${SYSTEM_VERSION:?}" "${LIBRARIES:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"

# inspect <program>: checks its machine, its system with the release, its interpreter and the libraries that it needs.
inspect() {
	readelf -hW "$1" >header
	machine=$(sed -n 's/^ *Machine: *//p' header)
	[ "$machine" = "$ELF_MACHINE" ] || fail "$1 is for '$machine', not '$ELF_MACHINE'"
	interpreter=$(readelf -lW "$1" | sed -n 's/.*Requesting program interpreter: \(.*\)\]$/\1/p')
	[ "$interpreter" = "$LOADER" ] || fail "$1 asks for the interpreter '$interpreter', not '$LOADER'"
	# By this note a kernel knows the system's own programs. It contains the release as a number, such as 1400500 or 1001000000.
	# https://man.freebsd.org/elf(5)
	readelf -nW "$1" >notes
	grep -q "^ *${SYSTEM}[[:space:]]" notes || fail "$1 has no note of $SYSTEM: $(cat notes)"
	needs "$1"
}
# needs <file>: checks that it only needs libraries of the system, and that these have all functions that it calls.
needs() {
	needed=$(readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p')
	: >known
	for library in $needed; do
		case " $LIBRARIES libshared.so " in
		*" $library "*) ;;
		*) fail "$1 needs $library" ;;
		esac
		file=/opt/cross/$TRIPLE/usr/lib/$library
		[ -e "$file" ] || file=$library
		nm -D --defined-only "$file" | sed -e 's/.* //' -e 's/@.*//' >>known
	done
	# nm marks symbols that may be missing with `w`, so these are not counted. Two symbols come from start files, whose symbols are not
	# always among the dynamic ones.
	nm -D --undefined-only "$1" | sed -n -e 's/@.*//' -e 's/^ *U //p' | grep -vxF -f known >unknown || :
	[ ! -s unknown ] || fail "$1 calls what no library that it needs has: $(tr '\n' ' ' <unknown)"
	# The variable is a list of words.
	# shellcheck disable=SC2086
	echo "$1:" $needed >>"$report"
}

"$cc" -O2 -fPIC -shared -o libshared.so "$source/shared.c" -Wl,-soname,libshared.so
"$cc" -O2 -fPIC -c -o static.o "$source/static.c"
"$ar" crs libstatic.a static.o
"$linker" -O2 -fPIE -pie -pthread -o c "$source/main.c" -L. -lstatic -lshared -lm -Wl,-rpath,"$work"
inspect c
# not position-independent, as are the programs that OpenSSL and other projects link
"$linker" -O2 -fno-pie -pthread -o c-fixed "$source/main.c" "$source/static.c" "$source/shared.c" -lm
inspect c-fixed
# link-time optimisation in two steps, as crates do it: for NetBSD clang cannot compile and link in one
for name in main static shared; do
	"$cc" -O2 -flto -fPIE -c -o "lto-$name.o" "$source/$name.c"
done
"$linker" -flto -pie -pthread -o lto lto-main.o lto-static.o lto-shared.o -lm
inspect lto
"$cc" -O2 -o atomics "$source/atomics.c"
inspect atomics

"$cxx" -O2 -std=c++17 -pthread -o cxx "$source/main.cc"
inspect cxx
"$cxx" -O2 -std=c++17 -pthread -fPIC -shared -Wl,-z,defs -Dmain=from_cxx -o libcxx.so "$source/main.cc"
needs libcxx.so
# Crates give rustc's linker C++ objects, and the name of the C++ library behind them.
"$cxx" -O2 -std=c++17 -fPIE -c -o cxx.o "$source/main.cc"
for name in c++ stdc++; do
	"$linker" -pie -pthread -o "cxx-$name" cxx.o "-l$name" -lm
	inspect "cxx-$name"
done

# the arguments with which rustc links
echo 'int main(void) { static int at; return __atomic_fetch_add(&at, 1, __ATOMIC_SEQ_CST); }' | "$cc" -O2 -fPIE -x c -c -o next.o -
"$linker" -nodefaultlibs -pie -o next next.o -lgcc_s -lc
inspect next
"$linker" -nodefaultlibs -pie -o cxx-next cxx.o -lstdc++ -lgcc_s -lpthread -lc -lm
inspect cxx-next

if has_part openssl; then
	with_openssl ssl
	inspect ssl
fi

with_cmake "$source/cmake"
inspect cmake/cxx
[ ! -e cmake/ssl ] || inspect cmake/ssl

has_headers_of_libclang
if has_part libclang; then
	with_libclang system.h "-DLONG=$(echo __SIZEOF_LONG__ | "$cc" -E -P -)"
fi

# Build scripts run on this machine, so its own compiler has to make programs for it.
gcc -o host "$source/main.c" "$source/static.c" "$source/shared.c" -lm -pthread
[ "$(./host)" = 'C 42' ] || fail "the machine's own compiler"

cat "$report"
