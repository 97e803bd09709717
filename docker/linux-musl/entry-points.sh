#!/bin/sh
# Creates the commands in /opt/cross/bin, and a link to the target's loader at the path of a native system.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${DEB_ARCH:?}" "${MULTIARCH:?}" "${LOADER:?}" "${GCC_VERSION:?}"

here=/opt/cross/libexec
# shellcheck source=docker/linux/tools.sh
. $here/tools.sh
gcc_libdir=$(dirname "$("$root/usr/bin/$GCC_TRIPLE-gcc-$GCC_VERSION" -print-libgcc-file-name)")

# The directories in which libraries may be that the user has compiled, and the options for them. `make install` puts what is for this
# machine into /usr/local/include and /usr/local/lib, and a linker for the same processor would take it, although it is for glibc.
added="/usr/local/include/$MULTIARCH /usr/local/lib/$MULTIARCH"
options="-idirafter /usr/local/include/$MULTIARCH"
libraries="-L$root/usr/lib -L/usr/local/lib/$MULTIARCH"
if [ "$DEB_ARCH" != "$(dpkg --print-architecture)" ]; then
	added="$added /usr/local/include/* /usr/local/lib/*.a /usr/local/lib/*.so"
	options="$options -idirafter /usr/local/include"
	libraries="$libraries -L/usr/local/lib"
	# bindgen looks here for headers.
	mkdir -p /opt/cross/etc
	ln -s /usr/local/include /opt/cross/etc/include
fi

compiler() { # <real command> <name>
	sed -e "s|@COMMAND@|$1|g" -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@ROOT@|$root|g" -e "s|@GCC_LIBDIR@|$(realpath "$gcc_libdir")|g" \
		-e "s|@GCC_FLAGS@|${GCC_FLAGS:-}|g" -e "s|@STATIC_PIE@|${STATIC_PIE:-}|g" \
		-e "s|@ADDED@|$added|g" -e "s|@ADDED_OPTIONS@|$options $libraries|g" "$here/compiler.in" >"$bin/$TRIPLE-$2"
	chmod 755 "$bin/$TRIPLE-$2"
}
for tool in gcc g++ cpp; do
	compiler "$GCC_TRIPLE-$tool-$GCC_VERSION" "$tool"
	alias_of "$tool" "musl-$tool"
done
tools "$MULTIARCH"

# With this link, dynamic programs find their loader, which is also musl's only library, without any variable.
ln -s "$root/usr/lib/libc.so" "$LOADER"
