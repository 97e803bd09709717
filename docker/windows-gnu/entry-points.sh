#!/bin/sh
# Creates the commands in /opt/cross/bin, with the triple of rustc and with that of mingw-w64 in front.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${GCC_VERSION:?}"

here=/opt/cross/libexec
bin=/opt/cross/bin
root=/opt/cross/$TRIPLE
mkdir -p "$bin" "$root"
# The wrappers of the compilers name this file. specs.sh fills it in.
: >"$root/specs"

fill_in() { # <template> <mode> <file> [command]
	sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@GCC_TRIPLE@|$GCC_TRIPLE|g" -e "s|@ROOT@|$root|g" \
		-e "s|@COMMAND@|${4:-}|g" "$here/$1.in" >"$3"
	chmod "$2" "$3"
}
name() { # <tool> <name>...
	tool=$1
	shift
	for name; do
		ln -s "$TRIPLE-$tool" "$bin/$name"
	done
}
for tool in gcc g++ cpp; do
	fill_in compiler 755 "$bin/$TRIPLE-$tool" "$GCC_TRIPLE-$tool-posix"
	name "$tool" "$GCC_TRIPLE-$tool"
done
name gcc "$TRIPLE-cc" "$GCC_TRIPLE-cc"
name g++ "$TRIPLE-c++" "$GCC_TRIPLE-c++"
# Archives of objects for link-time optimisation need GCC's own front ends of ar, nm and ranlib.
for tool in gcc-ar gcc-nm gcc-ranlib; do
	ln -s "/usr/bin/$GCC_TRIPLE-$tool-posix" "$bin/$TRIPLE-$tool"
	name "$tool" "$GCC_TRIPLE-$tool"
done
for tool in addr2line ar as c++filt dlltool dllwrap elfedit ld ld.bfd nm objcopy objdump ranlib readelf size strings strip windmc windres; do
	ln -s "/usr/bin/$GCC_TRIPLE-$tool" "$bin/$TRIPLE-$tool"
done
fill_in pkg-config 755 "$bin/$TRIPLE-pkg-config"
name pkg-config "$GCC_TRIPLE-pkg-config"
PATH=$bin:$PATH sh $here/specs.sh

/usr/bin/gcc -O2 -s -Wall -Werror -o "$bin/cross-umask" "$here/cross-umask.c"
