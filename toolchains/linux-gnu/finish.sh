#!/bin/sh
# usage: finish.sh <toolchain>
# Makes what only the toolchain's own compiler can: it gives GCC's archives what the C library of the floor has not, and says what every
# call of the compilers is told. Needs nothing of the machine but a shell and sed.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${LOADER:?}"

tc=$1
here=$(dirname "$0")
work=$tc/tmp
mkdir "$work"
# Until they are written, the compilers have no specs of their own.
: >"$tc/specs"

fail() {
	echo "cross: $TRIPLE: $*" >&2
	exit 1
}

# A compiler for this very machine looks for its libraries in another directory than one for others.
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

# The loader of the target stands beside the other libraries, or (mips64) in a directory of its own.
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

# A compiler that can hand work to graphics cards links these with OpenMP, and Debian has them for that compiler's own machine only. Nothing
# is handed on here, so nothing is in them.
for object in crtoffloadbegin crtoffloadend crtoffloadtable; do
	[ -e "$gccdir/$object.o" ] || "$tc/bin/$TRIPLE-gcc" -x c -c -o "$gccdir/$object.o" /dev/null
done

# Threads are a library of their own before glibc 2.34, and a program with GCC's archives in it calls them without a word of -pthread.
echo 'INPUT ( -l:libstdc++.a AS_NEEDED ( -lpthread ) )' >"$gccdir/libstdc++.so"
echo 'INPUT ( -l:libgomp.a AS_NEEDED ( -lpthread -ldl ) )' >"$gccdir/libgomp.so"

# OpenSSL: one archive with all that it needs beyond the C library of the floor. What it compresses by gets names of its own, for a crate may
# bring the same.
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
	# Since GCC 14 it is an error what C compilers have only warned of: functions that are not declared, types that are left out,
	# pointers of other types. Crates have such C in them. Not for C++, where the option means other things, nor for callers who ask for
	# strictness; their -Werror=implicit-function-declaration counts more.
	# https://gcc.gnu.org/gcc-14/porting_to.html
	printf '%s\n' '*cc1_options:' '+ %{,c:%{!fno-permissive:%{!pedantic-errors:-fpermissive}}}' ''
	# For 32-bit ARM and PowerPC, Debian's compilers define _FILE_OFFSET_BITS and _TIME_BITS as 64, in a spec of this name. Then C would
	# have another off_t, time_t and struct stat than Rust's crate libc, which has those of 32 bits. Crates with large files define the former.
	# https://wiki.debian.org/ReleaseGoals/64bit-time
	printf '%s\n' '*distro_defaults_cpp:' '' ''
	# Atomics of a size that the processor does not have are calls of libatomic, which nobody links. It stands behind all that the caller
	# names, as an archive, so that a result only has what it calls and needs no libatomic.so.1. Code that link-time optimisation
	# makes may call it, too. In a static program it may want locks, which must come before the C library.
	atomics='%{!nostdlib:%{!r:-l:libatomic.a %{!nodefaultlibs:%{static|static-pie:-lpthread}}'
	atomics=$atomics' %{!fno-use-linker-plugin:%{!fno-lto:-plugin-opt=-pass-through=-l:libatomic.a}}}}'
	# rustc names all libraries of a static program itself, libgcc's unwinder behind -lpthread. What it calls has to be taken from there before.
	threads=$("$tc/bin/$TRIPLE-nm" --undefined-only "$gccdir/libgcc_eh.a" | sed -n 's/^ *U \(pthread_.*\)$/-u \1/p' | sort -u | tr '\n' ' ')
	unwinder="%{nodefaultlibs:%{static|static-pie:$threads}}"
	"$tc/bin/$TRIPLE-gcc" -dumpspecs | sed -n '/^\*link_command:$/,/^$/p' |
		sed "s/%{!nostdlib:%{!r:%{!nodefaultlibs:%(link_ssp)/$atomics $unwinder &/"
	# In a static program libgcc's unwinder wants locks. The C library has a part of those as well, which must not be taken first.
	printf '%s\n' '*lib:' \
		'%{static|static-pie:-u __lll_lock_wait -lpthread;:--push-state --as-needed -lpthread -ldl --pop-state} %{pthread:-lpthread} -lc' ''
} >"$work/specs"
grep -q libatomic "$work/specs" || fail "the compiler's specs have no place for libatomic"
mv "$work/specs" "$tc/specs"
rm -r "$work"
