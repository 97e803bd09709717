#!/bin/sh
# usage: libraries.sh <directory>
# Builds GCC's libraries for musl from /usr/src/gcc, the compiler's own source: what Debian has of them is made for glibc.
# All are static, so that results need nothing but musl's libc: libstdc++, libatomic, and the unwinder of libgcc. <directory> takes the
# place of the root directory.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${GCC_VERSION:?}"

built=$1
root=/opt/cross/$TRIPLE
source=/usr/src/gcc
# arm-linux-musleabi: without the vendor, as GCC's configure scripts want it.
host=${TRIPLE%%-*}-linux-${TRIPLE##*-}
work=$(mktemp -d)
cd "$work"

# Where the compiler looks for its own libraries first.
libdir=$(realpath "$(dirname "$("$TRIPLE-gcc" -print-libgcc-file-name)")")

# libgcc was compiled where glibc has _dl_find_object. The one object that asks it is compiled anew; with musl it asks
# dl_iterate_phdr. The headers that GCC's own build generates say nothing that this file wants to know.
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
# Programs that are not static, and a standard library of Rust that was built from source, ask for the unwinder by other names.
echo 'GROUP ( libgcc_eh.a libgcc.a )' >"$libdir/libgcc_s.so"
cp "$libdir/libgcc_eh.a" "$libdir/libunwind.a"
mkdir -p "$built$libdir"
cp "$libdir/libgcc_eh.a" "$libdir/libgcc_s.so" "$libdir/libunwind.a" "$built$libdir"

build() { # <library> <configure's option>...
	library=$1
	shift
	mkdir "$library"
	if ! (
		cd "$library" &&
			"$source/$library/configure" --host="$host" --prefix="$root/usr" --libdir="$libdir" \
				--disable-shared --with-pic --disable-multilib --disable-nls --disable-werror --with-gcc-major-version-only \
				CC="$TRIPLE-gcc" CXX="$TRIPLE-g++" AR="$TRIPLE-ar" RANLIB="$TRIPLE-ranlib" NM="$TRIPLE-nm" \
				CFLAGS="$flags" CXXFLAGS="$flags" "$@" &&
			make -s -j"$(nproc)" && make -s install DESTDIR="$built"
	) >"$library.log" 2>&1; then
		tail -n 40 "$library.log" >&2
		echo "cross: $TRIPLE: GCC's $library could not be built" >&2
		exit 1
	fi
}
flags='-O2 -g0 -ffunction-sections -fdata-sections'
build libatomic libat_cv_have_ifunc=no
build libstdc++-v3 --disable-libstdcxx-pch --disable-libstdcxx-dual-abi --disable-libstdcxx-verbose \
	--disable-libstdcxx-backtrace

# Headers for the target stand in a directory that is named after the compiler's own target. The compiler for another machine
# looks for all of them beside its libraries.
cd "$built$root/usr"
if [ "$host" != "$GCC_TRIPLE" ]; then
	mv "include/c++/$GCC_VERSION/$host" "include/c++/$GCC_VERSION/$GCC_TRIPLE"
fi
if [ "${libdir#"$root/usr/lib/gcc-cross/"}" != "$libdir" ]; then
	mkdir -p "$GCC_TRIPLE"
	ln -s ../include "$GCC_TRIPLE/include"
fi
rm -rf share
find "$built" -name '*.la' -delete
