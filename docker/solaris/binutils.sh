#!/bin/sh
# usage: binutils.sh <source>
# Builds the assembler, the linker and the other tools of binutils for GCC_TRIPLE, below /opt/cross/$TRIPLE.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}"

source=$1
root=/opt/cross/$TRIPLE

# The system's libm has two versions of `logb`, of which one is hidden. Programs would be linked with the name of the hidden version when
# they ask for the other. https://github.com/rust-lang/rust/issues/137997
sed -i 's/^[[:blank:]]*|| (vernum > 1$/& \&\& strcmp (name, "logb") != 0/' "$source/bfd/elflink.c"
if [ "$(grep -c '|| (vernum > 1 && strcmp (name, "logb") != 0$' "$source/bfd/elflink.c")" != 1 ]; then
	echo "cross: $TRIPLE: the source of binutils is not as the change for the function logb expects it" >&2
	exit 1
fi

work=$(mktemp -d)
cd "$work"
# Without this, configure would use bash for itself and for libtool. makeinfo is missing and not needed: the manuals are not made.
export CONFIG_SHELL=/bin/sh
if ! {
	"$source/configure" --target="$GCC_TRIPLE" --prefix="$root" --with-sysroot="$root/sysroot" \
		--disable-gdb --disable-gprof --disable-gprofng --disable-nls --disable-werror \
		--enable-deterministic-archives --enable-plugins --with-system-zlib CFLAGS='-O2 -g0 -pipe' CXXFLAGS='-O2 -g0 -pipe' &&
		make -s -j"$(nproc)" MAKEINFO=true && make -s install-strip MAKEINFO=true
} >log 2>&1; then
	tail -n 40 log >&2
	echo "cross: $TRIPLE: binutils could not be built" >&2
	exit 1
fi
cd /
rm -rf "$work" "$root/share" "$root/include"
