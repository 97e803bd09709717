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
# As GCC's configure scripts want it: without the vendor, and without the extensions of riscv64gc.
machine=${TRIPLE%%-*}
host=${machine%gc}-linux-${TRIPLE##*-}
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
# On aarch64 libgcc asks the system what the processor can do by a name that musl's libc.so keeps to itself.
for library in libgcc libgcc_eh; do
	"$TRIPLE-objcopy" --redefine-sym __getauxval=getauxval "$libdir/$library.a"
done
# Programs that are not static, and a standard library of Rust that was built from source, ask for the unwinder by other names. The
# latter names nothing else of GCC's, and has not got all that compiled C may call.
for name in libgcc_s.so libunwind.a; do
	echo 'GROUP ( libgcc_eh.a libgcc.a )' >"$libdir/$name"
done
# What code for shared libraries calls on 32-bit x86 when its stack is smashed. musl has it in libc.a, but its libc.so cannot give it
# away; gcc has it in a library that it links where it believes that the C library knows no stack protector at all.
"$TRIPLE-ar" x "$libdir/libssp_nonshared.a"
"$TRIPLE-ar" rs "$libdir/libgcc.a" ./*ssp*.o
mkdir -p "$built$libdir"
cp "$libdir/libgcc.a" "$libdir/libgcc_eh.a" "$libdir/libgcc_s.so" "$libdir/libunwind.a" "$built$libdir"

# Else configure takes bash for itself and for libtool, with which libstdc++ takes a seventh longer.
export CONFIG_SHELL=/bin/sh

# As in GCC's own build, CXX does not link the library that is about to be made: the answer to every question about a function
# would be that there is none.
build() { # <library> <configure's option>...
	library=$1
	shift
	mkdir "$library"
	if ! (
		cd "$library" &&
			"$source/$library/configure" --host="$host" --prefix="$root/usr" --libdir="$root/usr/lib" \
				--disable-shared --disable-multilib --disable-nls --disable-werror --with-gcc-major-version-only \
				CC="$TRIPLE-gcc" CXX="$TRIPLE-gcc -shared-libgcc" AR="$TRIPLE-ar" RANLIB="$TRIPLE-ranlib" NM="$TRIPLE-nm" \
				CFLAGS="$flags" CXXFLAGS="$flags" "$@" &&
			make -s -j"$(nproc)" && make -s install DESTDIR="$built"
	) >"$library.log" 2>&1; then
		tail -n 40 "$library.log" >&2
		echo "cross: $TRIPLE: GCC's $library could not be built" >&2
		exit 1
	fi
}
# -fPIC, because shared libraries link these too.
flags='-O2 -g0 -pipe -fPIC -ffunction-sections -fdata-sections'
build libatomic libat_cv_have_ifunc=no
build libstdc++-v3 --disable-libstdcxx-pch --disable-libstdcxx-verbose \
	--disable-libstdcxx-backtrace

# One directory of headers for gcc, which would look elsewhere for those of the target, and for clang. A compiler for another
# machine than this one looks for all of them in a directory of its own.
cd "$built$root/usr"
cp -R "include/c++/$GCC_VERSION/$host/." "include/c++/$GCC_VERSION"
rm -r "include/c++/${GCC_VERSION:?}/$host" share
case $libdir in
*/gcc-cross/*)
	mkdir -p "$GCC_TRIPLE"
	ln -s ../include "$GCC_TRIPLE/include"
	;;
esac
rm -f lib/*.la lib/*-gdb.py
