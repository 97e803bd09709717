#!/bin/sh
# usage: finish.sh <toolchain>
# Completes a toolchain with its own compiler: adds to GCC's archives the functions that the C library of the floor lacks, makes OpenSSL's
# archives, and writes the compilers' specs. Of the machine it only needs a shell and basic tools such as sed.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${LOADER:?}"

tc=$1
here=$(dirname "$0")
work=$tc/tmp
mkdir "$work"
# The wrappers of the compilers name this file, which stays empty until the specs are written below.
: >"$tc/specs"

fail() {
	echo "cross: $TRIPLE: $*" >&2
	exit 1
}

# A GCC for this machine's own kind looks for its libraries in usr/lib/gcc instead of usr/lib/gcc-cross.
libgcc=$("$tc/bin/$TRIPLE-gcc" -print-libgcc-file-name)
if [ ! -e "$libgcc" ]; then
	native=$tc/usr/lib/gcc/$GCC_TRIPLE/14
	mkdir -p "$native"
	for file in "$tc/usr/lib/gcc-cross/$GCC_TRIPLE/14"/*; do
		[ -e "$native/${file##*/}" ] || ln -s "../../../gcc-cross/$GCC_TRIPLE/14/${file##*/}" "$native/"
	done
	libgcc=$("$tc/bin/$TRIPLE-gcc" -print-libgcc-file-name)
	[ -e "$libgcc" ] || fail "the compiler does not find its own libraries"
fi
gccdir=$(dirname "$libgcc")

# The target's loader is beside the other libraries or, for mips64, in a directory of its own.
for dir in lib64 lib32; do
	if [ ! -e "$tc$LOADER" ] && [ -e "$tc/usr/$GCC_TRIPLE/$dir/${LOADER##*/}" ]; then
		ln -s "../$dir/${LOADER##*/}" "$tc/usr/$GCC_TRIPLE/lib/"
	fi
done
[ -e "$tc$LOADER" ] || fail "the packages of the C library have no ${LOADER##*/}"

for part in floor time64; do
	"$tc/bin/$TRIPLE-gcc" -D_GNU_SOURCE -O2 -fPIC -ffunction-sections -fdata-sections -c -o "$work/$part.o" "$here/$part.c"
done
for library in libbacktrace libgcc_eh libgcov libgomp libstdc++ libstdc++exp libstdc++fs; do
	if [ -e "$gccdir/$library.a" ]; then
		"$tc/bin/$TRIPLE-ar" rs "$gccdir/$library.a" "$work/floor.o" "$work/time64.o" 2>/dev/null
	fi
done

# A GCC that can offload work to graphics cards links these objects with OpenMP. Debian only has them for that GCC's own machine. Nothing
# is offloaded here, so they are empty.
for object in crtoffloadbegin crtoffloadend crtoffloadtable; do
	[ -e "$gccdir/$object.o" ] || "$tc/bin/$TRIPLE-gcc" -x c -c -o "$gccdir/$object.o" /dev/null
done

# Before glibc 2.34, threads are in libpthread. GCC's archives call it, so a program that contains them needs it even without -pthread.
echo 'INPUT ( -l:libstdc++.a AS_NEEDED ( -lpthread ) )' >"$gccdir/libstdc++.so"
echo 'INPUT ( -l:libgomp.a AS_NEEDED ( -lpthread -ldl ) )' >"$gccdir/libgomp.so"

# OpenSSL: its archive gets all that it needs beyond the C library of the floor. zlib's and zstd's symbols in it get a prefix, because a
# crate may bring the same libraries.
openssl() {
	from=$tc/openssl/debian/usr
	to=$tc/openssl
	mkdir -p "$to/include" "$to/lib/pkgconfig"
	cp -R "$from/include/openssl" "$to/include/"
	cp -R "$from/include"/*-linux-*/openssl "$to/include/"
	for package in libssl-dev libzstd-dev zlib1g-dev; do
		mkdir -p "$to/share/doc/$package"
		cp "$from/share/doc/$package/copyright" "$to/share/doc/$package/"
	done
	set -- "$from/lib"/*-linux-*
	"$tc/bin/$TRIPLE-nm" --defined-only --extern-only "$1/libz.a" "$1/libzstd.a" |
		sed -n 's/^[0-9a-f]* [A-Z] \([A-Za-z_0-9]*\)$/\1 cross_openssl_\1/p' | sort -u >"$work/names"
	for library in libz libzstd libcrypto; do
		"$tc/bin/$TRIPLE-objcopy" --strip-debug --redefine-syms="$work/names" "$1/$library.a" "$work/$library.a"
	done
	"$tc/bin/$TRIPLE-gcc" -O2 -fPIC -c -o "$work/openssl.o" "$here/openssl.c"
	"$tc/bin/$TRIPLE-ar" d "$work/libcrypto.a" libcrypto-lib-x509_def.o
	printf '%s\n' "create $to/lib/libcrypto.a" "addlib $work/libcrypto.a" "addlib $work/libz.a" "addlib $work/libzstd.a" \
		"addmod $work/openssl.o" "addmod $work/floor.o" "addmod $work/time64.o" save end | "$tc/bin/$TRIPLE-ar" -M
	"$tc/bin/$TRIPLE-objcopy" --strip-debug "$1/libssl.a" "$to/lib/libssl.a"
	"$tc/bin/$TRIPLE-ranlib" "$to/lib/libcrypto.a" "$to/lib/libssl.a"
	for name in libcrypto libssl openssl; do
		sed -e "s|^prefix=.*|prefix=\${pcfiledir}/../..|" -e "s|^libdir=.*|libdir=\${prefix}/lib|" -e '/^enginesdir=\|^modulesdir=/d' \
			-e 's/^Requires.private:/Requires:/' -e '/^Libs.private:/d' -e '/^Libs:.*-lcrypto/s/$/ -ldl -pthread/' \
			"$1/pkgconfig/$name.pc" >"$to/lib/pkgconfig/$name.pc"
	done
	rm -r "$tc/openssl/debian"
}
if [ -d "$tc/openssl" ]; then
	openssl
fi

{
	# Since GCC 14, functions without a declaration, missing types and pointers of another type are errors in C, not just warnings. Crates
	# contain such C, so -fpermissive is the default. C++ does not get the option, which means other things there, and neither do callers
	# with -pedantic-errors. A caller's -Werror=implicit-function-declaration overrides it.
	# https://gcc.gnu.org/gcc-14/porting_to.html
	printf '%s\n' '*cc1_options:' '+ %{,c:%{!fno-permissive:%{!pedantic-errors:-fpermissive}}}' ''
	# For 32-bit ARM and PowerPC, Debian's compilers define _FILE_OFFSET_BITS and _TIME_BITS as 64, in a spec of this name. C would then
	# have another off_t, time_t and struct stat than Rust's crate libc, which has those of 32 bits. Crates that need large files define
	# _FILE_OFFSET_BITS themselves.
	printf '%s\n' '*distro_defaults_cpp:' '' ''
	# For atomics of a size that the processor lacks, GCC calls libatomic, which crates do not link. So its archive is linked after
	# everything that the caller names: a result contains only the functions that it calls, and needs no libatomic.so.1. -pass-through is
	# there because code from link-time optimisation may call libatomic too. In a static program libatomic may need locks of libpthread,
	# which must come before the C library. It may also need the barriers of old processors, which libgcc has. With -nodefaultlibs, as rustc
	# links, libgcc comes before libatomic, so it follows once more.
	atomics='%{!nostdlib:%{!r:-l:libatomic.a %{nodefaultlibs:-lgcc} %{!nodefaultlibs:%{static|static-pie:-lpthread}}'
	atomics=$atomics' %{!fno-use-linker-plugin:%{!fno-lto:-plugin-opt=-pass-through=-l:libatomic.a}}}}'
	# rustc names all libraries of a static program itself, and libgcc's unwinder after -lpthread. So with -u the linker takes the
	# functions that the unwinder calls from libpthread beforehand.
	threads=$("$tc/bin/$TRIPLE-nm" --undefined-only "$gccdir/libgcc_eh.a" | sed -n 's/^ *U \(pthread_.*\)$/-u \1/p' | sort -u | tr '\n' ' ')
	unwinder="%{nodefaultlibs:%{static|static-pie:$threads}}"
	"$tc/bin/$TRIPLE-gcc" -dumpspecs | sed -n '/^\*link_command:$/,/^$/p' |
		sed "s/%{!nostdlib:%{!r:%{!nodefaultlibs:%(link_ssp)/$atomics $unwinder &/"
	# In a static program libgcc's unwinder needs locks. libc.a also has a part of them, so libpthread's have to be taken first.
	printf '%s\n' '*lib:' \
		'%{static|static-pie:-u __lll_lock_wait -lpthread;:--push-state --as-needed -lpthread -ldl --pop-state} %{pthread:-lpthread} -lc' ''
} >"$work/specs"
grep -q libatomic "$work/specs" || fail "the compiler's specs have no place for libatomic"
mv "$work/specs" "$tc/specs"
rm -r "$work"
