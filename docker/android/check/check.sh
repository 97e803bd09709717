#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, and looks at what they ask of the machine that they would run on: there is
# nothing here that could run them. Needs the environment that the image has. Writes what it found to <report>.
set -eu

: "${TRIPLE:?}" "${CLANG_TARGET:?}" "${API_LEVEL:?}" "${ELF_MACHINE:?}" "${LOADER:?}" "${PAGE_SIZE:?}" "${LLVM_VERSION:?}"

report=$1
source=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
	echo "cross: $TRIPLE: the image does not pass its check: $*" >&2
	exit 1
}

# What cross puts in the image's environment for this triple.
lower=$(echo "$TRIPLE" | tr - _)
upper=$(echo "$lower" | tr '[:lower:]' '[:upper:]')
from_env() {
	printenv "$1" || fail "$1 is not set"
}
cc=$(from_env "CC_$lower")
cxx=$(from_env "CXX_$lower")
ar=$(from_env "AR_$lower")
pkg_config=$(from_env "PKG_CONFIG_$lower")
toolchain=$(from_env "CMAKE_TOOLCHAIN_FILE_$lower")
clang_args=$(from_env "BINDGEN_EXTRA_CLANG_ARGS_$lower")
linker=$(from_env "CARGO_TARGET_${upper}_LINKER")

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

: >"$report"

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

case " ${PARTS:-} " in
*' openssl '*)
	# pkg-config's answer is a list of words.
	# shellcheck disable=SC2046
	"$cc" -O2 -o ssl "$source/ssl.c" $("$pkg_config" --cflags --libs openssl)
	inspect ssl
	;;
esac

if ! { cmake -G Ninja -DCMAKE_TOOLCHAIN_FILE="$toolchain" "-DPARTS=${PARTS:-}" -S "$source/cmake" -B cmake && cmake --build cmake; } \
	>cmake.log 2>&1; then
	cat cmake.log >&2
	fail 'cmake'
fi
inspect cmake/cxx
[ ! -e cmake/ssl ] || inspect cmake/ssl

# What bindgen does: libclang, the triple, the extra arguments, of which one names libclang's own headers.
[ -d "/usr/lib/llvm-$LLVM_VERSION/lib/clang/$LLVM_VERSION/include" ] || fail "libclang is not of version $LLVM_VERSION"
gcc -o clang "$source/clang.c" -ldl
# shellcheck disable=SC2086
./clang "$source/system.h" "--target=$TRIPLE" $clang_args "-DLEVEL=$API_LEVEL" \
	"-DLONG=$(echo __SIZEOF_LONG__ | "$cc" -E -P -)" || fail 'libclang'

# Programs that run while others are compiled use the compilers of this machine.
gcc -o host "$source/main.c" "$source/static.c" "$source/shared.c" -lm -pthread
[ "$(./host)" = 'C 42' ] || fail "the machine's own compiler"

cat "$report"
