# shellcheck shell=sh
# Sourced by the check of each family, whose argument is the report that it writes: what all of them begin with, and what they have in common.
#
#   $report, $source, $work   the report, the directory of the check, and an empty one, in which the check goes on
#   $cc, $cxx, $ar, $linker, $pkg_config, $toolchain, $clang_args
#                             what cross puts in the image's environment for the triple
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
# The checks use them.
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

# has_part <name>: the image has it, as its name says.
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

# expect <text> <command>...: the command succeeds and prints just that.
expect() {
	expected=$1
	shift
	printed=$("$@") || fail "'$*' ended with status $?"
	[ "$printed" = "$expected" ] || fail "'$*' printed '$printed', not '$expected'"
}

# with_openssl <program>: a program that calls OpenSSL, found as crates find it.
with_openssl() {
	# pkg-config's answer is a list of words.
	# shellcheck disable=SC2046
	"$cc" -O2 -o "$1" "$source/ssl.c" $("$pkg_config" --cflags --libs openssl)
}

# with_cmake <project> [option]...: a project of CMake's builds in the directory `cmake`.
with_cmake() {
	project=$1
	shift
	if ! { cmake -G Ninja -DCMAKE_TOOLCHAIN_FILE="$toolchain" "-DPARTS=${PARTS:-}" "$@" -S "$project" -B cmake && cmake --build cmake; } \
		>cmake.log 2>&1; then
		cat cmake.log >&2
		fail 'cmake'
	fi
}

# with_libclang <header> [argument]...: what bindgen does: libclang, the triple, the extra arguments.
with_libclang() {
	header=$1
	shift
	gcc -o clang "$source/clang.c" -ldl
	# Rust has a name of its own for this one, which bindgen translates.
	clang_target=$(echo "$TRIPLE" | sed 's/^riscv64gc-/riscv64-/')
	# shellcheck disable=SC2086
	./clang "$source/$header" "--target=$clang_target" $clang_args "$@" || fail 'libclang'
	echo 'void *clang_createIndex(int, int); int main(void) { return !clang_createIndex(0, 0); }' >linked.c
	# Where the target is this machine's kind, gcc alone is the target's: with its older libraries nothing of this system links.
	/usr/bin/gcc -o linked linked.c -L"$(echo /usr/lib/llvm-*/lib)" -lclang || fail 'linking with libclang'
	./linked || fail 'libclang that was linked'
}
# Where the image names libclang's own headers, by its version.
has_headers_of_libclang() {
	: "${LLVM_VERSION:?}"
	[ -d "/usr/lib/llvm-$LLVM_VERSION/lib/clang/$LLVM_VERSION/include" ] || fail "libclang is not of version $LLVM_VERSION"
}
