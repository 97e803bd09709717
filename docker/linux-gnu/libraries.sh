#!/bin/sh
# usage: libraries.sh <directory>
# Compiles anew, with the row's flags, what the linker takes into results from gcc's and glibc's own packages: Debian's is made for
# newer processors than the row's. <directory> then holds what replaces files of /opt/cross/$TRIPLE.
#
# Libraries that programs only name (libc.so.6, libstdc++.so.6) stay: the machine that runs the program brings its own.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${SUITE:?}" "${GCC_VERSION:?}"

out=$1
mkdir -p "$out"

root=/opt/cross/$TRIPLE
work=/tmp/libraries
build=$work/build
jobs=$(nproc)
mkdir -p "$build"

fail() {
	echo "cross: $TRIPLE: $*" >&2
	exit 1
}

# Where the row's gcc looks.
gccdir=$(dirname "$(realpath "$("$TRIPLE-gcc" -print-libgcc-file-name)")")
libdir=$(dirname "$(realpath "$("$TRIPLE-gcc" -print-file-name=crti.o)")")

# Tools that glibc's makefiles ask for.
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends gawk ||
	fail "a package that glibc is built with is not in the mirror (apt's message above says which)"

# Sources come as packages that need no deb-src: glibc's of the old release, GCC's of the base's. The headers that GCC itself was built
# with spare us building it.
mkdir -p $work/debs
cd $work/debs
apt-get -q -o APT::Sandbox::User=root download "gcc-$GCC_VERSION-source" "gcc-$GCC_VERSION-plugin-dev-$(echo "$GCC_TRIPLE" | tr _ -)" ||
	fail "a package with GCC's sources is not in the mirror (apt's message above says which)"
apt=$work/apt
# shellcheck source=docker/linux-gnu/old-release.sh
. /opt/cross/libexec/old-release.sh
old_apt update || fail "the mirror does not have all of $SUITE (apt's message above says which)"
old_apt download glibc-source || fail "the package with glibc's sources is not in the mirror's $SUITE (apt's message above says which)"
for deb in *.deb; do
	dpkg-deb --extract "$deb" $work/debian
done

# glibc's archive has Debian's patches, GCC's has not: the changes of its release branch make of it what Debian ships.
mkdir $work/glibc $work/gcc
tar -xf $work/debian/usr/src/glibc/glibc-*.tar.xz -C $work/glibc --strip-components=1
tar -xf $work/debian/usr/src/gcc-*/gcc-*.tar.xz -C $work/gcc --strip-components=1 --wildcards --exclude='*/testsuite/*/*' \
	'gcc-*/libgcc' 'gcc-*/libatomic' 'gcc-*/libstdc++-v3' 'gcc-*/libiberty' 'gcc-*/include' 'gcc-*/config' 'gcc-*/config*' \
	'gcc-*/*.m4' 'gcc-*/*.sh' 'gcc-*/install-sh' 'gcc-*/mkinstalldirs' 'gcc-*/mkdep' 'gcc-*/compile' 'gcc-*/move-if-change' \
	'gcc-*/missing' 'gcc-*/depcomp' 'gcc-*/gcc/*.h' 'gcc-*/gcc/*-VER' 'gcc-*/gcc/DATESTAMP' 'gcc-*/gcc/DEV-PHASE'
awk '/^--- a\/src\// { wanted = $2 ~ /^a\/src\/(libgcc|libatomic|libstdc\+\+-v3|libiberty|include|config)\// && $2 !~ /testsuite/ }
	wanted' $work/debian/usr/src/gcc-*/debian/patches/git-updates.diff | patch -s -t -p2 -d $work/gcc ||
	fail "Debian's changes to gcc do not apply to the source in gcc-$GCC_VERSION-source"

# What GCC's own build would put there; without it libstdc++ has no threads.
ln -s gthr-posix.h $work/gcc/libgcc/gthr-default.h

configure() { # <name> <source> <argument>...
	name=$1
	source=$2
	shift 2
	mkdir -p "$build/$name"
	cd "$build/$name"
	"$source/configure" -q --build="$(gcc -dumpmachine)" --host="$GCC_TRIPLE" "$@" \
		CC="$TRIPLE-gcc" AR="$TRIPLE-ar" RANLIB="$TRIPLE-ranlib" NM="$TRIPLE-nm" CFLAGS=-O2
}

# keep <directory in the root> <file>...
keep() {
	to=$out${1#"$root"}
	shift
	mkdir -p "$to"
	cp "$@" "$to"
}

# What programs start with, and the few functions that glibc's libc.so leaves to the program.
glibc() {
	configure glibc $work/glibc --prefix=/usr --with-headers="$root/usr/include" --enable-kernel=3.2 --without-selinux --disable-werror CXX=
	make -s -j"$jobs" csu/subdir_lib
	set --
	for object in $("$TRIPLE-ar" t "$libdir/libc_nonshared.a"); do
		case $object in
		aeabi_* | elf-init.*) directory=csu ;;
		atexit.* | at_quick_exit.*) directory=stdlib ;;
		pthread_*) directory=nptl ;;
		*stat.* | *stat64.* | *statat.* | *statat64.* | mknod*) directory=io ;;
		stack_chk_* | warning-nop.*) directory=debug ;;
		*) fail "glibc's libc_nonshared.a has an unknown part: $object" ;;
		esac
		make -s -r -C "$work/glibc/$directory" subdir="$directory" objdir="$PWD" ..=../ "$PWD/$directory/$object"
		set -- "$@" "$directory/$object"
	done
	"$TRIPLE-ar" crs libc_nonshared.a "$@"
	keep "$libdir" libc_nonshared.a csu/crt[1in].o csu/[SgM]crt1.o
}

# libgcc looks for the compiler's build directory beside its own. Without fixed-point arithmetic, three quarters of its objects
# on ARM, and without ways that newer processors choose at run time.
libgcc() {
	mkdir -p "$build/gcc/include"
	cp -R $work/debian/usr/lib/gcc*/*/*/plugin/include/. "$build/gcc"
	cd "$build/gcc"
	DEFINES=USED_FOR_TARGET HEADERS="auto-host.h ansidecl.h" TARGET_CPU_DEFAULT='' sh $work/gcc/gcc/mkconfig.sh tconfig.h
	printf '%s\n' 'GCC_CFLAGS = -O2 -DIN_GCC' 'INHIBIT_LIBC_CFLAGS =' 'TARGET_SYSTEM_ROOT =' 'NO_PIE_CFLAGS = -fno-PIE' >libgcc.mvars
	configure target/libgcc $work/gcc/libgcc --enable-shared --disable-multilib libgcc_cv_fixed_point=no
	make -s -j"$jobs" LIBGCC2_DEBUG_CFLAGS= libgcc.a libgcc_eh.a libgcc-extra-parts
	keep "$gccdir" ./*.a crt*.o

	configure target/libatomic $work/gcc/libatomic --disable-shared --disable-multilib --with-pic libat_cv_have_ifunc=no
	make -s -j"$jobs" LIBTOOLFLAGS=--silent libatomic.la
	keep "$gccdir" .libs/libatomic.a
}

libstdcxx() {
	# As the headers have it; left alone, configure decides by what these processors can do. Random numbers come from the kernel, as
	# the code that asks an x86 processor for them has conditional moves.
	policy=mutex
	if echo '#include <bits/c++config.h>' | "$TRIPLE-g++" -E -dM -x c++ - | grep -q _GLIBCXX_HAVE_ATOMIC_LOCK_POLICY; then
		policy=atomic
	fi
	configure target/libstdc++-v3 $work/gcc/libstdc++-v3 --disable-shared --disable-multilib --with-pic \
		--enable-clocale=gnu --enable-libstdcxx-time=yes --disable-libstdcxx-pch --with-libstdcxx-lock-policy=$policy \
		CXX="$TRIPLE-g++" CXXFLAGS=-O2 ac_cv_x86_rdrand=no ac_cv_x86_rdseed=no
	for directory in include libsupc++ src; do
		make -s -j"$jobs" -C "$directory" LIBTOOLFLAGS=--silent
	done
	keep "$gccdir" src/.libs/libstdc++.a libsupc++/.libs/libsupc++.a src/filesystem/.libs/libstdc++fs.a
}

# run <what>: its output only matters if it fails. In the background, since a condition would make `set -e` void.
run() {
	"$1" >"$work/$1.log" 2>&1 &
	if ! wait $!; then
		tail -n 60 "$work/$1.log" >&2
		fail "the part of $1 that results contain could not be built"
	fi
}
# The compilers link it unasked, and its own configure would take what is in it for what the processor does by itself.
rm "$gccdir/libatomic.a"
"$TRIPLE-ar" crs "$gccdir/libatomic.a"

echo "cross: $TRIPLE: compiling the parts of glibc, libgcc and libstdc++ that results contain"
{
	run glibc
	run libgcc
} &
other=$!
run libstdcxx
wait $other

# What was not built must not be taken into a result in silence. The linker reads a text as a script.
for directory in "$libdir" "$gccdir"; do
	for file in "$directory"/*.[ao]; do
		to=$out${file#"$root"}
		if [ ! -e "$to" ]; then
			echo "INPUT(\"a ${file##*/} for $TRIPLE (Debian's is made for newer processors)\")" >"$to"
		fi
	done
done
rm -rf $work
