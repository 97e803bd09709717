#!/bin/sh
# Makes the commands of /opt/cross/bin, and puts the target's loader where a native system has it.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${MULTIARCH:?}" "${LOADER:?}" "${GCC_VERSION:?}"

here=/opt/cross/libexec
# shellcheck source=docker/linux/tools.sh
. $here/tools.sh
gcc_libdir=$(dirname "$("$root/usr/bin/$GCC_TRIPLE-gcc-$GCC_VERSION" -print-libgcc-file-name)")

compiler() { # <real command> <name>
	sed -e "s|@COMMAND@|$1|g" -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@ROOT@|$root|g" -e "s|@GCC_LIBDIR@|$(realpath "$gcc_libdir")|g" \
		-e "s|@GCC_FLAGS@|${GCC_FLAGS:-}|g" -e "s|@STATIC_PIE@|${STATIC_PIE:-}|g" "$here/compiler.in" >"$bin/$TRIPLE-$2"
	chmod 755 "$bin/$TRIPLE-$2"
}
for tool in gcc g++ cpp; do
	compiler "$GCC_TRIPLE-$tool-$GCC_VERSION" "$tool"
	alias_of "$tool" "musl-$tool"
done
tools "$MULTIARCH"

# Programs that are not static find their loader, which is all of musl, with an empty environment.
ln -s "$root/usr/lib/libc.so" "$LOADER"
