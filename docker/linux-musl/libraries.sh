#!/bin/sh
# usage: libraries.sh <directory>
# Builds what every program may need of GCC's libraries for musl: libgcc's unwinder and libatomic. All are static, so that results only need
# musl's libc. They are installed in <directory> as if it were the root directory.
set -eu

: "${TRIPLE:?}"

# shellcheck source=docker/linux-musl/gcc-library.sh
. "$(dirname "$0")/gcc-library.sh"
: "${built:?}" "${source:?}" "${libdir:?}"

# Debian's libgcc was compiled for a glibc with _dl_find_object. The one object that calls it is compiled again for musl, where it calls
# dl_iterate_phdr. It needs nothing from the headers that GCC's own build generates, so they are empty here.
if "$TRIPLE-nm" --undefined-only "$libdir/libgcc_eh.a" | grep -q _dl_find_object; then
	mkdir generated
	for header in tconfig.h coretypes.h tm.h libgcc_tm.h auto-target.h; do
		: >generated/$header
	done
	cp "$source/gcc/tsystem.h" generated
	"$TRIPLE-gcc" -O2 -g0 -fPIC -fexceptions -fvisibility=hidden -DHIDE_EXPORTS -DIN_LIBGCC2 -DHAVE_LD_EH_FRAME_HDR -DTARGET_DL_ITERATE_PHDR \
		-Igenerated -I"$source/libgcc" -I"$source/include" \
		-c -o unwind-dw2-fde-dip.o "$source/libgcc/unwind-dw2-fde-dip.c"
	"$TRIPLE-ar" rs "$libdir/libgcc_eh.a" unwind-dw2-fde-dip.o
fi
# On aarch64 libgcc calls __getauxval to learn what the processor can do. musl's libc.so only exports getauxval.
for library in libgcc libgcc_eh; do
	"$TRIPLE-objcopy" --redefine-sym __getauxval=getauxval "$libdir/$library.a"
done
# Dynamic programs and a standard library of Rust that is built from source name the unwinder differently. The latter names no other
# library of GCC's and lacks some functions that compiled C calls, so libgcc.a is added.
for name in libgcc_s.so libunwind.a; do
	echo 'GROUP ( libgcc_eh.a libgcc.a )' >"$libdir/$name"
done
# On 32-bit x86, code for shared libraries calls a hidden function when its stack is smashed. musl has it in libc.a but cannot export it
# from libc.so. GCC has it in libssp_nonshared.a, which GCC only links for C libraries without a stack protector. So it becomes part of
# libgcc.a.
"$TRIPLE-ar" x "$libdir/libssp_nonshared.a"
"$TRIPLE-ar" rs "$libdir/libgcc.a" ./*ssp*.o
mkdir -p "$built$libdir"
cp "$libdir/libgcc.a" "$libdir/libgcc_eh.a" "$libdir/libgcc_s.so" "$libdir/libunwind.a" "$built$libdir"

build libatomic libat_cv_have_ifunc=no
rm -rf "${built:?}$root/usr/share" "$built$root"/usr/lib/*.la
