#!/bin/sh
# Creates the commands in /opt/cross/bin, and a link to the target's loader at the path of a native system.
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

# With this link, dynamic programs find their loader, which is also musl's only library, without any variable.
ln -s "$root/usr/lib/libc.so" "$LOADER"
