#!/bin/sh
# usage: specs.sh [<option that links the locks of libatomic>]
# Writes the file `specs`, which the wrappers of the compilers name: additions to GCC's own specs that hold for every call.
# https://gcc.gnu.org/onlinedocs/gcc/Spec-Files.html
set -eu

: "${TRIPLE:?}" "${GCC_VERSION:?}"

{
	# Since GCC 14, functions without a declaration, missing types and pointers of another type are errors in C, not just warnings. Crates
	# contain such C, and the older GCC of other rows accepts it, so -fpermissive is the default. C++ does not get the option, which means
	# other things there, and neither do callers with -pedantic-errors. A caller's -Werror=implicit-function-declaration overrides it.
	# https://gcc.gnu.org/gcc-14/porting_to.html
	if [ "$GCC_VERSION" -ge 14 ]; then
		printf '%s\n' '*cc1_options:' '+ %{,c:%{!fno-permissive:%{!pedantic-errors:-fpermissive}}}' ''
	fi
	# For atomics of a size that the processor lacks, GCC calls libatomic, which crates do not link. So its archive is linked after
	# everything that the caller names: a result contains only the functions that it calls, and needs no libatomic.so.1. -pass-through is
	# there because code from link-time optimisation may call libatomic too. In a static program libatomic may need locks of libpthread,
	# which must come before the C library. It may also need the barriers of old processors, which libgcc has. With -nodefaultlibs, as rustc
	# links, both come before libatomic. So libgcc follows once more, and so does the C library in rows that name it as the argument,
	# because it has the locks.
	locks='%{nodefaultlibs:-lgcc}' locks_through=''
	if [ $# -gt 0 ]; then
		locks="%{nodefaultlibs:-lgcc %{static|static-pie:$1}}"
		locks_through="%{nodefaultlibs:%{static|static-pie:-plugin-opt=-pass-through=$1}}"
	fi
	atomics="%{!nostdlib:%{!r:-l:libatomic.a %{!nodefaultlibs:%{static|static-pie:-lpthread}} $locks"
	atomics="$atomics %{!fno-use-linker-plugin:%{!fno-lto:-plugin-opt=-pass-through=-l:libatomic.a $locks_through}}}}"
	"$TRIPLE-gcc" -dumpspecs | sed -n '/^\*link_command:$/,/^$/p' | sed "s/%{!nostdlib:%{!r:%{!nodefaultlibs:%(link_ssp)/$atomics &/"
} >specs.new
grep -q libatomic specs.new || {
	echo "cross: $TRIPLE: the compiler's specs have no place for libatomic" >&2
	exit 1
}
mv specs.new "/opt/cross/$TRIPLE/specs"
