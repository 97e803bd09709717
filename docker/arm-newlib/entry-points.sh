#!/bin/sh
# Creates the commands in /opt/cross/bin.
set -eu

: "${TRIPLE:?}" "${GCC_FLAGS:?}" "${MULTILIB:?}" "${QEMU_MACHINE:?}" "${GCC_VERSION:?}"

here=/opt/cross/libexec
bin=/opt/cross/bin
root=/opt/cross/$TRIPLE
mkdir -p "$bin" "$root/lib"
ln -s /usr/include/newlib "$root/include"
# GCC looks in these directories. Debian's packages would create the links by update-alternatives.
ln -s /usr/include/newlib /usr/lib/arm-none-eabi/include
ln -s newlib /usr/lib/arm-none-eabi/lib

fill_in() { # <template> <mode> <file> [command]
	sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@ROOT@|$root|g" -e "s|@COMMAND@|${4:-}|g" -e "s|@GCC_FLAGS@|$GCC_FLAGS|g" \
		-e "s|@LIBRARIES@|/usr/lib/arm-none-eabi/newlib/$MULTILIB|g" -e "s|@GCC@|/usr/lib/gcc/arm-none-eabi/$GCC_VERSION/$MULTILIB|g" \
		"$here/$1.in" >"$3"
	chmod "$2" "$3"
}
# The commands with GCC's usual prefix compile for the row's core too, because there are libraries for no other core.
for command in c++ cpp g++ gcc; do
	fill_in compiler 755 "$bin/$TRIPLE-$command" "$command"
	ln -s "$TRIPLE-$command" "$bin/arm-none-eabi-$command"
done
for tool in /usr/bin/arm-none-eabi-*; do
	name=${tool#/usr/bin/arm-none-eabi-}
	[ -e "$bin/$TRIPLE-$name" ] || ln -s "$tool" "$bin/$TRIPLE-$name"
done
fill_in rust-lld 755 "$bin/$TRIPLE-rust-lld"
fill_in ld.lld 755 /usr/lib/arm-none-eabi/bin/ld.lld
fill_in pkg-config 755 "$bin/$TRIPLE-pkg-config"
fill_in toolchain.cmake 644 /opt/cross/toolchain.cmake

# C++ is linked with the unwinder, which refers to tables that linker scripts such as cortex-m-rt's leave out. With weak symbols such
# programs link, and an exception ends them.
/usr/bin/arm-none-eabi-objcopy --weaken-symbol=__exidx_start --weaken-symbol=__exidx_end \
	"/usr/lib/gcc/arm-none-eabi/$GCC_VERSION/$MULTILIB/libgcc.a"

"$bin/$TRIPLE-gcc" -Os -Wall -Werror -ffunction-sections -c -o /tmp/system.o "$here/system.c"
"$bin/$TRIPLE-ar" crs "$root/lib/libsystem.a" /tmp/system.o
rm /tmp/system.o

/usr/bin/gcc -O2 -s -static -Wall -Werror -DTRIPLE="\"$TRIPLE\"" -DMACHINE="\"$QEMU_MACHINE\"" -o "$bin/cross-runner" "$here/cross-runner.c"
/usr/bin/gcc -O2 -s -Wall -Werror -o "$bin/cross-umask" "$here/cross-umask.c"
