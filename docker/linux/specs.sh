#!/bin/sh
# What every call of the compilers is told beside its own specs, in a file that their wrappers name.
# https://gcc.gnu.org/onlinedocs/gcc/Spec-Files.html
set -eu

: "${TRIPLE:?}" "${GCC_VERSION:?}"

{
	# Since GCC 14 it is an error what C compilers have only warned of: functions that are not declared, types that are left out,
	# pointers of other types. Crates have such C in them, and GCC of the rows with older releases takes it. Not for C++, where the
	# option means other things, nor for callers who ask for strictness; their -Werror=implicit-function-declaration counts more.
	# https://gcc.gnu.org/gcc-14/porting_to.html
	if [ "$GCC_VERSION" -ge 14 ]; then
		printf '%s\n' '*cc1_options:' '+ %{,c:%{!fno-permissive:%{!pedantic-errors:-fpermissive}}}' ''
	fi
	# Atomics of a size that the processor does not have are calls of libatomic, which nobody links. It stands behind all that the caller
	# names, as an archive, so that a result only has what it calls and needs no libatomic.so.1. Code that link-time optimisation
	# makes may call it, too. In a static program it may want locks, which must come before the C library.
	atomics='%{!nostdlib:%{!r:-l:libatomic.a %{!nodefaultlibs:%{static|static-pie:-lpthread}}'
	atomics=$atomics' %{!fno-use-linker-plugin:%{!fno-lto:-plugin-opt=-pass-through=-l:libatomic.a}}}}'
	"$TRIPLE-gcc" -dumpspecs | sed -n '/^\*link_command:$/,/^$/p' | sed "s/%{!nostdlib:%{!r:%{!nodefaultlibs:%(link_ssp)/$atomics &/"
} >specs.new
grep -q libatomic specs.new || {
	echo "cross: $TRIPLE: the compiler's specs have no place for libatomic" >&2
	exit 1
}
mv specs.new "/opt/cross/$TRIPLE/specs"
