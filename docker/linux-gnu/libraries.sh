#!/bin/sh
# usage: libraries.sh <directory>
# Compiles, with the row's flags, the files of GCC and glibc that the linker puts into results: Debian compiles them for newer processors
# than the row's. <directory> then has the files that replace those in /opt/cross/$TRIPLE.
#
# Shared libraries (libc.so.6, libstdc++.so.6) are not replaced, because results do not contain them: the machine that runs a program has
# its own.
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

# the directories in which the row's GCC finds libgcc and glibc
gccdir=$(dirname "$(realpath "$("$TRIPLE-gcc" -print-libgcc-file-name)")")
libdir=$(dirname "$(realpath "$("$TRIPLE-gcc" -print-file-name=crti.o)")")

# glibc's makefiles need gawk.
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends gawk ||
	fail "a package that glibc is built with is not in the mirror (apt's message above says which)"

# The sources are in binary packages: glibc's of the old release, and GCC's of the base's release. The package plugin-dev has the headers
# that GCC itself was built with, so GCC does not have to be built here.
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

# Debian's patches are applied in glibc's archive, but not in GCC's. git-updates.diff, the changes of GCC's release branch, turns it into
# the source that Debian compiles.
mkdir $work/glibc $work/gcc
tar -xf $work/debian/usr/src/glibc/glibc-*.tar.xz -C $work/glibc --strip-components=1
tar -xf $work/debian/usr/src/gcc-*/gcc-*.tar.xz -C $work/gcc --strip-components=1 --wildcards --exclude='*/testsuite/*/*' \
	'gcc-*/libgcc' 'gcc-*/libatomic' 'gcc-*/libstdc++-v3' 'gcc-*/libiberty' 'gcc-*/include' 'gcc-*/config' 'gcc-*/config*' \
	'gcc-*/*.m4' 'gcc-*/*.sh' 'gcc-*/install-sh' 'gcc-*/mkinstalldirs' 'gcc-*/mkdep' 'gcc-*/compile' 'gcc-*/move-if-change' \
	'gcc-*/missing' 'gcc-*/depcomp' 'gcc-*/gcc/*.h' 'gcc-*/gcc/*-VER' 'gcc-*/gcc/DATESTAMP' 'gcc-*/gcc/DEV-PHASE'
awk '/^--- a\/src\// { wanted = $2 ~ /^a\/src\/(libgcc|libatomic|libstdc\+\+-v3|libiberty|include|config)\// && $2 !~ /testsuite/ }
	wanted' $work/debian/usr/src/gcc-*/debian/patches/git-updates.diff | patch -s -t -p2 -d $work/gcc ||
	fail "Debian's changes to gcc do not apply to the source in gcc-$GCC_VERSION-source"

# GCC's own build would create this link. Without it libstdc++ has no threads.
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

# keep <directory in the root> <file>...: copies files to the same directory below <directory>.
keep() {
	to=$out${1#"$root"}
	shift
	mkdir -p "$to"
	cp "$@" "$to"
}

# glibc: the start files of programs, and libc_nonshared.a with the few functions that are not in libc.so.6.
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

# libgcc and libatomic. libgcc expects the compiler's build directory beside its own. It is built without fixed-point arithmetic, which is
# three quarters of its objects on ARM, and libatomic without code for newer processors that is chosen at run time.
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
	# The policy for locks must be that of the headers. Left alone, configure would choose by the processor. Random numbers come from the
	# kernel, because the code that reads them from an x86 processor has conditional moves.
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

# run <function>: shows the output only if the function fails. It runs in the background because `set -e` has no effect in a condition.
run() {
	"$1" >"$work/$1.log" 2>&1 &
	if ! wait $!; then
		tail -n 60 "$work/$1.log" >&2
		fail "the part of $1 that results contain could not be built"
	fi
}
# The compilers link libatomic by default. configure would find Debian's functions in it and take them for abilities of the processor, so
# an empty archive replaces it until libatomic is built.
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

# A file that was not built here must not get into a result unnoticed. A text in its place, which the linker reads as a script, makes
# linking fail.
for directory in "$libdir" "$gccdir"; do
	for file in "$directory"/*.[ao]; do
		to=$out${file#"$root"}
		if [ ! -e "$to" ]; then
			echo "INPUT(\"a ${file##*/} for $TRIPLE (Debian's is made for newer processors)\")" >"$to"
		fi
	done
done
rm -rf $work
