# shellcheck shell=sh
# Sourced by the check of each family: the beginning of every check, and functions that several of them need. The check's argument is the
# path of the report that it writes.
#
#   $report, $source, $work   the report; the directory of the check's sources; an empty directory, which is the current one
#   $cc, $cxx, $ar, $linker, $pkg_config, $toolchain, $clang_args
#                             the values of the image's variables for the triple
set -eu

: "${TRIPLE:?}"

report=$1
source=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
: >"$report"

fail() {
	echo "cross: $TRIPLE: the image does not pass its check: $*" >&2
	exit 1
}

lower=$(echo "$TRIPLE" | tr -- -. __)
upper=$(echo "$lower" | tr '[:lower:]' '[:upper:]')
from_env() {
	printenv "$1" || fail "$1 is not set"
}
# The checks use these variables.
# shellcheck disable=SC2034
{
	cc=$(from_env "CC_$lower")
	cxx=$(from_env "CXX_$lower")
	ar=$(from_env "AR_$lower")
	pkg_config=$(from_env "PKG_CONFIG_$lower")
	toolchain=$(from_env "CMAKE_TOOLCHAIN_FILE_$lower")
	clang_args=$(from_env "BINDGEN_EXTRA_CLANG_ARGS_$lower")
	linker=$(from_env "CARGO_TARGET_${upper}_LINKER")
}

# has_part <name>: succeeds if the image has this part (PARTS).
has_part() {
	case " ${PARTS:-} " in
	*" $1 "*) ;;
	*) false ;;
	esac
}
if has_part openssl; then
	openssl=$(from_env "${upper}_OPENSSL_DIR")
	[ -f "$openssl/lib/libcrypto.a" ] || fail "no libcrypto.a in $openssl"
fi

# expect <text> <command>...: checks that the command succeeds and prints exactly this text.
expect() {
	expected=$1
	shift
	printed=$("$@") || fail "'$*' ended with status $?"
	[ "$printed" = "$expected" ] || fail "'$*' printed '$printed', not '$expected'"
}

# with_openssl <program>: compiles a program that calls OpenSSL, which it finds by pkg-config as crates do.
with_openssl() {
	# pkg-config's answer is a list of words.
	# shellcheck disable=SC2046
	"$cc" -O2 -o "$1" "$source/ssl.c" $("$pkg_config" --cflags --libs openssl)
}

# with_cmake <project> [option]...: builds a project with CMake in the directory `cmake`.
with_cmake() {
	project=$1
	shift
	if ! { cmake -G Ninja -DCMAKE_TOOLCHAIN_FILE="$toolchain" "-DPARTS=${PARTS:-}" "$@" -S "$project" -B cmake && cmake --build cmake; } \
		>cmake.log 2>&1; then
		cat cmake.log >&2
		fail 'cmake'
	fi
}

# with_libclang <header> [argument]...: parses a header as bindgen does, with libclang, the triple and the image's arguments for bindgen.
# Then links a program with libclang.
with_libclang() {
	header=$1
	shift
	gcc -o clang "$source/clang.c" -ldl
	# Rust's name for this processor differs from Clang's. bindgen translates it.
	clang_target=$(echo "$TRIPLE" | sed 's/^riscv64gc-/riscv64-/')
	# shellcheck disable=SC2086
	./clang "$source/$header" "--target=$clang_target" $clang_args "$@" || fail 'libclang'
	echo 'void *clang_createIndex(int, int); int main(void) { return !clang_createIndex(0, 0); }' >linked.c
	# If the target is this machine's own kind, plain `gcc` is the target's compiler, with whose older libraries libclang does not link.
	/usr/bin/gcc -o linked linked.c -L"$(echo /usr/lib/llvm-*/lib)" -lclang || fail 'linking with libclang'
	./linked || fail 'libclang that was linked'
}
# Checks that libclang's own headers are in the directory that the image's environment names, with the version in its path.
has_headers_of_libclang() {
	: "${LLVM_VERSION:?}"
	[ -d "/usr/lib/llvm-$LLVM_VERSION/lib/clang/$LLVM_VERSION/include" ] || fail "libclang is not of version $LLVM_VERSION"
}
