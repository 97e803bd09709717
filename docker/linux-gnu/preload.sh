#!/bin/sh
# Gives emulated programs a `posix_spawn` that tells its errors: spawn.c says why. The loader that they find reads a list of its own of
# libraries to load first; /etc/ld.so.preload is also for the image's programs, and a variable would be seen by the program.
# A package that brings another loader replaces this one, and with it the effect.
set -eu

: "${TRIPLE:?}" "${LOADER:?}"

# As long as the name in the loader.
list=/opt/cross/preload
library=/opt/cross/lib/$TRIPLE/spawn.so
mkdir -p "${library%/*}"
# Every program loads it, so it needs nothing but the C library: with libpthread beside it a start takes an eighth longer.
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
