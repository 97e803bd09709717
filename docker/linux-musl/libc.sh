# shellcheck shell=sh
# Sourced by linux/check/check.sh: checks that are particular to musl.

# LINKING is the Dockerfile's argument for the row.
: "${LINKING:?}"
: "${report:?}" "${cc:?}" "${cxx:?}" "${pkg_config:?}" "${runner:?}" "${source:?}" "${work:?}"

# shellcheck disable=SC2034
libc_macros=

has_cxx() {
	has_part cxx
}

# musl's libc.so is the only library of the system. libshared.so is the check's own.
needs_libc() {
	needed=$("$TRIPLE-readelf" -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | grep -v '^libshared' | tr '\n' ' ')
	[ "$needed" = 'libc.so ' ] || fail "$1 needs the libraries $needed"
	# shellcheck disable=SC2154
	echo "$1: $machine, $interpreter, $needed" >>"$report"
}

# cpu <file>: on ARM, prints the processor that the file is for and how it passes floating-point numbers. Prints nothing on other
# processors.
cpu() {
	"$TRIPLE-readelf" -A "$1" | sed -n 's/^ *\(Tag_CPU_arch\|Tag_ABI_VFP_args\): //p' | tr '\n' ' '
}

check_libc() {
	echo "rustc's programs: $LINKING" >>"$report"
	# C++ and OpenSSL in static programs, at a fixed address and position-independent, as rustc links with `crt-static`
	for static in -static -static-pie; do
		if has_cxx; then
			"$cxx" -O2 -std=c++17 -fstack-protector-all -pthread $static -o cxx$static "$source/main.cc"
			inspect_static cxx$static
			expect 'C++ caught 42' "$runner" ./cxx$static
		fi
		# Atomics of an odd size need locks. rustc links with -nodefaultlibs and the C library before what the compiler adds.
		"$cc" -O2 -c -o odd.o -x c - <<-'END'
			#include <stdio.h>
			static struct { char bytes[24]; } odd, copy = { "atomics" };
			int main(void) {
			    __atomic_store(&odd, &copy, __ATOMIC_SEQ_CST);
			    puts(odd.bytes);
			    return 0;
			}
		END
		"$cc" -nodefaultlibs $static -o odd$static odd.o -lc -lgcc
		inspect_static odd$static
		expect atomics "$runner" ./odd$static
		"$cc" -nodefaultlibs -o odd odd.o -lc -lgcc
		expect atomics "$runner" ./odd
		has_part openssl || continue
		# shellcheck disable=SC2046
		"$cc" -O2 -fstack-protector-all $static -o ssl$static "$source/ssl.c" $("$pkg_config" --cflags --libs openssl)
		inspect_static ssl$static
		expect 'OpenSSL ba7816bf' "$runner" ./ssl$static
	done
	if has_cxx; then
		# A shared library has its own copy of the C++ library and of the unwinder.
		"$cxx" -O2 -std=c++17 -fPIC -shared -Dmain=from_cxx -o libshared-cxx.so "$source/main.cc"
		echo 'int from_cxx(); int main() { return from_cxx(); }' >uses.cc
		"$cc" -fstack-protector-all -fPIC -shared -o libshared-stack.so "$source/shared.c"
		"$cxx" -O2 -fstack-protector-all -o uses uses.cc -L. -lshared-cxx -lshared-stack -latomic -Wl,-rpath,"$work"
		inspect uses
		expect 'C++ caught 42' "$runner" ./uses
	fi
	# The linker marks a program with the newest processor of all its objects.
	for program in c cxx-static ssl-static; do
		[ -e $program ] || continue
		[ "$(cpu static.o)" = "$(cpu $program)" ] || fail "$program is for '$(cpu $program)', the compiler makes '$(cpu static.o)'"
	done
}
