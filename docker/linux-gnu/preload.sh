#!/bin/sh
# Gives emulated programs a `posix_spawn` that reports its errors; spawn.c explains why. The target's loader is replaced by a copy that
# reads the list of libraries to load first from another file than /etc/ld.so.preload, which the image's own programs read too. A variable
# instead would be visible to programs. A package with another loader replaces this copy and ends its effect.
set -eu

: "${TRIPLE:?}" "${LOADER:?}"

# This path has to be as long as the one that it replaces in the loader.
list=/opt/cross/preload
library=/opt/cross/lib/$TRIPLE/spawn.so
mkdir -p "${library%/*}"
# Every program loads this library, so it only needs the C library: if it also needed libpthread, each start would take an eighth longer.
"$TRIPLE-gcc" -O2 -s -D_FILE_OFFSET_BITS=64 -Wall -Wextra -Werror -fPIC -shared -nostdlib -o "$library" \
	/opt/cross/libexec/spawn.c -lc -lgcc
echo "$library" >"$list"
sed "s|/etc/ld\.so\.preload|$list|g" "$LOADER" >/opt/cross/lib/loader
if ! grep -q "$list" /opt/cross/lib/loader; then
	echo "$LOADER does not name /etc/ld.so.preload" >&2
	exit 1
fi
chmod 755 /opt/cross/lib/loader
mv /opt/cross/lib/loader "$LOADER"
