# shellcheck shell=sh
# Sourced by linux/check/check.sh and check/linux-gnu/check.sh: checks that are particular to glibc.

: "${GLIBC_FLOOR:?}"
: "${report:?}" "${cc:?}"

# shellcheck disable=SC2034
libc_macros=-DGLIBC=${GLIBC_FLOOR#*.}

has_cxx() {
	true
}

needs_libc() {
	newest=$("$TRIPLE-readelf" -VW "$1" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -Vu | tail -n 1)
	[ "$(printf '%s\n' "$newest" "$GLIBC_FLOOR" | sort -V | tail -n 1)" = "$GLIBC_FLOOR" ] ||
		fail "$1 needs glibc $newest, more than $GLIBC_FLOOR"
	# shellcheck disable=SC2154
	echo "$1: $machine, $interpreter, glibc $newest" >>"$report"
}

# Links a program as rustc does with `crt-static`: rustc names all libraries itself, and libgcc's unwinder after the libraries that it
# calls.
check_static_unwinder() {
	printf '%s\n' 'int _Unwind_Backtrace(int (*)(void *, void *), void *);' 'static int frame(void *context, void *data) { return 0; }' \
		'int main(void) { _Unwind_Backtrace(frame, 0); return 0; }' >unwinder.c
	"$cc" -O2 -static -nodefaultlibs -o unwinder unwinder.c -lrt -lpthread -lutil -ldl -lc -lgcc_eh -lgcc -lc
	# A row may have no runner.
	[ -z "${runner-}" ] || "$runner" ./unwinder
	inspect_static unwinder
}

# Checks that time_t and off_t are as wide as a register, as they are in Rust's crate libc.
check_types() {
	printf '%s\n' '#include <sys/types.h>' '#ifdef __x86_64__' '#define WIDE long long' '#else' '#define WIDE long' '#endif' \
		'_Static_assert(sizeof(time_t) == sizeof(WIDE) && sizeof(off_t) == sizeof(WIDE), "another size than in the crate libc");' >types.c
	"$cc" -c types.c
}

check_libc() {
	check_types
	[ -n "${OWN_LIBRARIES-}" ] || check_static_unwinder
	# If the target is this machine's own kind, plain names have to mean the target's compilers: configure scripts and makefiles call
	# those.
	if [ "$("$cc" -dumpmachine)" = "$(gcc -dumpmachine)" ]; then
		for tool in cc gcc c++ g++; do
			[ "$("$tool" -dumpfullversion)" = "$("$cc" -dumpfullversion)" ] || fail "$tool is another compiler than $cc"
		done
		! has_part openssl || pkg-config --exists openssl || fail 'pkg-config does not know the OpenSSL of the image'
	fi
}
