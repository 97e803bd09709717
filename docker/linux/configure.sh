#!/bin/sh
# Makes what needs nothing but the row's names.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${MULTIARCH:?}" "${MACHINE:?}"

bin=/opt/cross/bin

fill_in() { # <template> <mode> <file>
	sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@MULTIARCH@|$MULTIARCH|g" -e "s|@MACHINE@|$MACHINE|g" "/opt/cross/libexec/$1.in" >"$3"
	chmod "$2" "$3"
}
fill_in pkg-config 755 "$bin/$TRIPLE-pkg-config"
fill_in toolchain.cmake 644 /opt/cross/toolchain.cmake
[ -e "$bin/$GCC_TRIPLE-pkg-config" ] || ln -s "$TRIPLE-pkg-config" "$bin/$GCC_TRIPLE-pkg-config"

# Programs of the machine that builds, whatever the plain name of the compiler means here. They are static, so that what a test says to
# the loader of the target (LD_PRELOAD, LD_LIBRARY_PATH) is not said to theirs.
compile() { # <program> <source>...
	program=$1
	shift
	/usr/bin/gcc -O2 -s -static -Wall -Werror -D_GNU_SOURCE -DTRIPLE="\"$TRIPLE\"" -DQEMU_ARCH="\"${QEMU_ARCH:-}\"" -o "$bin/$program" "$@"
}
compile cross-runner -I /opt/cross/libexec /opt/cross/libexec/runner/*.c /opt/cross/libexec/libraries.c
compile cross-umask /opt/cross/libexec/cross-umask.c

# QEMU writes a core into the working directory, which may be a project that only can be read. The other name is as long.
emulator=$bin/qemu-${QEMU_ARCH:-}
if [ -n "${QEMU_ARCH:-}" ] && LC_ALL=C grep -q 'qemu_%s_%s_%d\.core' "$emulator"; then
	LC_ALL=C sed 's|qemu_%s_%s_%d\.core|/tmp/c.%.0s%.0s%d\x00|g' "$emulator" >"$emulator.new"
	[ "$(stat -c %s "$emulator")" = "$(stat -c %s "$emulator.new")" ]
	chmod 755 "$emulator.new"
	mv "$emulator.new" "$emulator"
fi
