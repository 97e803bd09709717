#!/bin/sh
# usage: libraries.sh <directory>
# Builds GCC's libraries for musl from /usr/src/gcc, the compiler's own source, because Debian's are for glibc. They are libstdc++,
# libatomic and libgcc's unwinder. All are static, so that results only need musl's libc. They are installed in <directory> as if it were
# the root directory.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${GCC_VERSION:?}"

built=$1
root=/opt/cross/$TRIPLE
source=/usr/src/gcc
# The triple for GCC's configure scripts has no vendor and no extensions as in riscv64gc.
machine=${TRIPLE%%-*}
host=${machine%gc}-linux-${TRIPLE##*-}
work=$(mktemp -d)
cd "$work"

# the directory in which the compiler first looks for its own libraries
libdir=$(realpath "$(dirname "$("$TRIPLE-gcc" -print-libgcc-file-name)")")

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

# Otherwise configure uses bash for itself and for libtool, with which libstdc++ takes a seventh longer.
export CONFIG_SHELL=/bin/sh

# As in GCC's own build, CXX does not link libstdc++, which does not exist yet: all of configure's tests for functions would fail.
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

# All C++ headers are moved into one directory, in which both GCC and clang find them. A GCC for another machine than this one looks in a
# directory of its own, hence the link.
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
