#!/bin/sh
# Creates the files that depend on nothing but the row's parameters.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${MULTIARCH:?}" "${MACHINE:?}"

bin=/opt/cross/bin

# /usr/local/lib is where `make install` puts libraries. A linker skips those for another machine, but pkg-config cannot tell. So it only
# looks there if the target is this machine's own kind.
local=
if [ "$MULTIARCH" = "$(/usr/bin/gcc -print-multiarch)" ]; then
	local=/usr/local/lib/pkgconfig:
fi

fill_in() { # <template> <mode> <file>
	sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@MULTIARCH@|$MULTIARCH|g" -e "s|@MACHINE@|$MACHINE|g" -e "s|@LOCAL@|$local|g" \
		"/opt/cross/libexec/$1.in" >"$3"
	chmod "$2" "$3"
}
fill_in pkg-config 755 "$bin/$TRIPLE-pkg-config"
fill_in toolchain.cmake 644 /opt/cross/toolchain.cmake
[ -e "$bin/$GCC_TRIPLE-pkg-config" ] || ln -s "$TRIPLE-pkg-config" "$bin/$GCC_TRIPLE-pkg-config"

# compile <program> <source>...: compiles a program for this machine, whose own compiler is /usr/bin/gcc; plain `gcc` may be the target's.
# The programs are static, so that variables for the target's loader (LD_PRELOAD, LD_LIBRARY_PATH) do not affect them.
compile() { # <program> <source>...
	program=$1
	shift
	/usr/bin/gcc -O2 -s -static -Wall -Werror -D_GNU_SOURCE -DTRIPLE="\"$TRIPLE\"" -DMULTIARCH="\"$MULTIARCH\"" \
		-DQEMU_ARCH="\"${QEMU_ARCH:-}\"" -o "$bin/$program" "$@"
}
compile cross-runner -I /opt/cross/libexec /opt/cross/libexec/runner/*.c /opt/cross/libexec/libraries.c
compile cross-umask /opt/cross/libexec/cross-umask.c

# QEMU writes a core into the working directory, which may be a project on a read-only mount. The new name has to be as long as the old
# one.
emulator=$bin/qemu-${QEMU_ARCH:-}
if [ -n "${QEMU_ARCH:-}" ] && LC_ALL=C grep -q 'qemu_%s_%s_%d\.core' "$emulator"; then
	LC_ALL=C sed 's|qemu_%s_%s_%d\.core|/tmp/c.%.0s%.0s%d\x00|g' "$emulator" >"$emulator.new"
	[ "$(stat -c %s "$emulator")" = "$(stat -c %s "$emulator.new")" ]
	chmod 755 "$emulator.new"
	mv "$emulator.new" "$emulator"
fi
