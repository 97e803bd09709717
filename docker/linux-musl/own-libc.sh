#!/bin/sh
# usage: own-libc.sh <directory>
# Compiles musl and libgcc with the row's flags, for rows for which Debian has no musl, or has both only for newer processors or for
# another way to pass floating-point numbers. They are installed in <directory> as if it were the root directory.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${GCC_VERSION:?}"

out=$1
mkdir -p "$out"

root=/opt/cross/$TRIPLE
# The triple for GCC's and musl's configure scripts has no vendor and no extensions as in riscv64gc.
machine=${TRIPLE%%-*}
host=${machine%gc}-linux-${TRIPLE##*-}
jobs=$(nproc)
work=$(mktemp -d)

fail() {
	echo "cross: $TRIPLE: $*" >&2
	exit 1
}

# This package has the headers that GCC itself was built with, so GCC does not have to be built here.
cd "$work"
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -o APT::Sandbox::User=root download "gcc-$GCC_VERSION-plugin-dev-$(echo "$GCC_TRIPLE" | tr _ -)" ||
	fail "a package that GCC's own library is built with is not in the mirror (apt's message above says which)"
dpkg-deb --extract gcc-*.deb debian
gccdir=$(realpath "$(dirname "$("$TRIPLE-gcc" -print-libgcc-file-name)")")

# musl_headers: configures musl as Debian does, with fts, which musl itself lacks, and without crypt.h. Installs its headers.
musl_headers() {
	cp -R /usr/src/musl "$work/musl"
	cd "$work/musl"
	mkdir -p src/fts
	cp debian/musl-fts/fts.c debian/musl-fts/config.h src/fts
	cp debian/musl-fts/fts.h include
	./configure --target="$host" --prefix="$root/usr" --syslibdir="$root/lib" --disable-wrapper \
		CC="$TRIPLE-gcc" AR="$TRIPLE-ar" RANLIB="$TRIPLE-ranlib" CFLAGS='-O2 -pipe'
	make -s install-headers
	rm "$root/usr/include/crypt.h"
}

# libgcc expects the compiler's build directory beside its own. It is built without fixed-point arithmetic, which is three quarters of its
# objects on ARM. Its unwinder finds frames with dl_iterate_phdr, as in a GCC for musl and as rustc's start files expect.
libgcc() {
	mkdir -p "$work/gcc/include" "$work/target/libgcc"
	cp -R "$work"/debian/usr/lib/gcc*/*/*/plugin/include/. "$work/gcc"
	cd "$work/gcc"
	DEFINES=USED_FOR_TARGET HEADERS='auto-host.h ansidecl.h' TARGET_CPU_DEFAULT='' sh /usr/src/gcc/gcc/mkconfig.sh tconfig.h
	printf '%s\n' 'GCC_CFLAGS = -O2 -DIN_GCC' 'INHIBIT_LIBC_CFLAGS =' 'TARGET_SYSTEM_ROOT =' 'NO_PIE_CFLAGS = -fno-PIE' >libgcc.mvars
	cd ../target/libgcc
	/usr/src/gcc/libgcc/configure -q --build="$(gcc -dumpmachine)" --host="$host" --enable-shared --disable-multilib \
		libgcc_cv_fixed_point=no CC="$TRIPLE-gcc" AR="$TRIPLE-ar" RANLIB="$TRIPLE-ranlib" NM="$TRIPLE-nm" \
		CFLAGS='-O2 -DTARGET_DL_ITERATE_PHDR'
	make -s -j"$jobs" LIBGCC2_DEBUG_CFLAGS= libgcc.a libgcc_eh.a libgcc-extra-parts
	mkdir -p "$out$gccdir"
	cp ./*.a crt*.o "$out$gccdir"
	# Debian makes this library from libssp. This function is all that it contains.
	echo 'void __stack_chk_fail(void);
		__attribute__((visibility("hidden"))) void __stack_chk_fail_local(void) { __stack_chk_fail(); }' |
		"$TRIPLE-gcc" -O2 -fPIC -c -o libssp_nonshared.o -x c -
	"$TRIPLE-ar" crs "$out$gccdir/libssp_nonshared.a" libssp_nonshared.o
	# musl is linked with these files.
	cp "$out$gccdir"/* "$gccdir"
}

musl() {
	cd "$work/musl"
	make -s -j"$jobs"
	make -s install DESTDIR="$out"
	rm "$out$root/usr/include/crypt.h" "$out$root/usr/lib/libcrypt.a"
	rm -r "${out:?}$root/lib"
	"$TRIPLE-strip" --strip-unneeded "$out$root/usr/lib/libc.so"
	mkdir -p "$out$root/etc" "$out$root/usr/share/doc/musl"
	cp VERSION "$out$root/etc/musl-version"
	cp debian/copyright "$out$root/usr/share/doc/musl"
}

# run <function>: shows the output only if the function fails. It runs in the background because `set -e` has no effect in a condition.
run() {
	"$1" >"$work/$1.log" 2>&1 &
	if ! wait $!; then
		tail -n 60 "$work/$1.log" >&2
		fail "$1 could not be built"
	fi
}
echo "cross: $TRIPLE: compiling musl and libgcc"
run musl_headers
run libgcc
run musl

# A file that was not built here must not get into a result unnoticed. A text in its place, which the linker reads as a script, makes
# linking fail.
for file in "$gccdir"/*.[ao]; do
	to=$out$file
	if [ ! -e "$to" ]; then
		echo "INPUT(\"a ${file##*/} for $TRIPLE (Debian's is made for other processors)\")" >"$to"
	fi
done
rm -r "$work"
