#!/bin/sh
# Creates the files that depend on nothing but the row's parameters.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${GCC_VERSION:?}" "${MACHINE:?}"

here=/opt/cross/libexec
sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@GCC_TRIPLE@|$GCC_TRIPLE|g" -e "s|@MACHINE@|$MACHINE|g" -e "s|@ROOT@|/opt/cross/$TRIPLE|g" \
	"$here/toolchain.cmake.in" >/opt/cross/toolchain.cmake
/usr/bin/gcc -O2 -s -static -Wall -Werror -D_GNU_SOURCE -o /opt/cross/bin/cross-runner "$here/cross-runner.c" "$here/libraries.c"

# The DLLs that rustc's own DLLs need (toolchain.sh). Their directory is last in PATH, as a toolchain's is on Windows, so that DLLs which
# a program brings are found first.
shared=/opt/cross/wine/shared
mkdir "$shared"
ln -s "/usr/lib/gcc/$GCC_TRIPLE/$GCC_VERSION-posix"/libgcc_s_*.dll "/usr/$GCC_TRIPLE/lib/libwinpthread-1.dll" "$shared"
sed -i '/^\[System\\\\[^]]*\\\\Session Manager\\\\Environment\]/,/^$/s|^\("PATH"=.*\)"$|\1;Z:\\\\opt\\\\cross\\\\wine\\\\shared"|' /opt/cross/wine/prefix/system.reg
grep -q 'wine.*shared"$' /opt/cross/wine/prefix/system.reg || {
	echo "cross: $TRIPLE: Wine's prefix has no PATH" >&2
	exit 1
}
