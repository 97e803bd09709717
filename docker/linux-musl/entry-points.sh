#!/bin/sh
# Makes the commands of /opt/cross/bin, and puts the target's loader where a native system has it.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${MULTIARCH:?}" "${LOADER:?}" "${GCC_VERSION:?}"

root=/opt/cross/$TRIPLE
bin=/opt/cross/bin
here=/opt/cross/libexec
mkdir -p "$bin"
gcc_libdir=$(dirname "$("$root/usr/bin/$GCC_TRIPLE-gcc-$GCC_VERSION" -print-libgcc-file-name)")

# Compilers, under the triple that rustc uses and under those that configure scripts guess.
compiler() { # <real command> <name>
	sed -e "s|@COMMAND@|$1|g" -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@ROOT@|$root|g" -e "s|@GCC_LIBDIR@|$(realpath "$gcc_libdir")|g" \
		-e "s|@GCC_FLAGS@|${GCC_FLAGS:-}|g" "$here/compiler.in" >"$bin/$TRIPLE-$2"
	chmod 755 "$bin/$TRIPLE-$2"
}
alias_of() { # <tool> <name>...
	tool=$1
	shift
	for name; do
		[ -e "$bin/$name" ] || ln -s "$TRIPLE-$tool" "$bin/$name"
	done
}
for tool in gcc g++ cpp; do
	compiler "$GCC_TRIPLE-$tool-$GCC_VERSION" "$tool"
	alias_of "$tool" "$MULTIARCH-$tool" "musl-$tool"
done
alias_of gcc "$TRIPLE-cc" "$MULTIARCH-cc"
alias_of g++ "$TRIPLE-c++" "$MULTIARCH-c++"

# Archives of objects with link-time optimisation want the compiler's own front ends of ar and company.
for tool in gcc-ar gcc-nm gcc-ranlib; do
	ln -s "$root/usr/bin/$GCC_TRIPLE-$tool-$GCC_VERSION" "$bin/$TRIPLE-$tool"
	alias_of "$tool" "$MULTIARCH-$tool"
done
for tool in addr2line ar as c++filt elfedit ld ld.bfd nm objcopy objdump ranlib readelf size strings strip; do
	ln -s "/usr/bin/$GCC_TRIPLE-$tool" "$bin/$TRIPLE-$tool"
	alias_of "$tool" "$MULTIARCH-$tool"
done

# Programs that are not static find their loader, which is all of musl, with an empty environment.
ln -s "$root/usr/lib/libc.so" "$LOADER"
