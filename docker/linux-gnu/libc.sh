# shellcheck shell=sh
# Sourced by linux/check/check.sh: what is particular to glibc.

: "${GLIBC_FLOOR:?}"
: "${report:?}" "${cc:?}"

# shellcheck disable=SC2034
libc_macros=-DGLIBC=${GLIBC_FLOOR#*.}

needs_libc() {
	newest=$("$TRIPLE-readelf" -VW "$1" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -Vu | tail -n 1)
	[ "$(printf '%s\n' "$newest" "$GLIBC_FLOOR" | sort -V | tail -n 1)" = "$GLIBC_FLOOR" ] ||
		fail "$1 needs glibc $newest, more than $GLIBC_FLOOR"
	# shellcheck disable=SC2154
	echo "$1: $machine, $interpreter, glibc $newest" >>"$report"
}

# What rustc makes of Rust alone with `crt-static`: it names all libraries itself, and libgcc's unwinder behind those that this calls.
check_static_unwinder() {
	printf '%s\n' 'int _Unwind_Backtrace(int (*)(void *, void *), void *);' 'static int frame(void *context, void *data) { return 0; }' \
		'int main(void) { _Unwind_Backtrace(frame, 0); return 0; }' >unwinder.c
	"$cc" -O2 -static -nodefaultlibs -o unwinder unwinder.c -lrt -lpthread -lutil -ldl -lc -lgcc_eh -lgcc -lc
	# Not every row has a runner.
	[ -z "${runner-}" ] || "$runner" ./unwinder
	inspect_static unwinder
}

# The crate libc has times and offsets in files that are as wide as a register.
check_types() {
	printf '%s\n' '#include <sys/types.h>' '#ifdef __x86_64__' '#define WIDE long long' '#else' '#define WIDE long' '#endif' \
		'_Static_assert(sizeof(time_t) == sizeof(WIDE) && sizeof(off_t) == sizeof(WIDE), "another size than in the crate libc");' >types.c
	"$cc" -c types.c
}

check_libc() {
	check_types
	[ -n "${OWN_LIBRARIES-}" ] || check_static_unwinder
	# What configure scripts and makefiles call by its plain name where the target is the machine itself.
	if [ "$("$cc" -dumpmachine)" = "$(gcc -dumpmachine)" ]; then
		for tool in cc gcc c++ g++; do
			[ "$("$tool" -dumpfullversion)" = "$("$cc" -dumpfullversion)" ] || fail "$tool is another compiler than $cc"
		done
		! has_part openssl || pkg-config --exists openssl || fail 'pkg-config does not know the OpenSSL of the image'
	fi
}
