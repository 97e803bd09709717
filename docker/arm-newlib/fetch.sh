#!/bin/sh
# usage: fetch.sh <directory>
# Unpacks GCC, newlib and libstdc++ into <directory>: common/ has the files that all rows need, and multilib/<kind of core> those of one
# kind, at their paths below /. Debian's packages have libraries for some fifty kinds of cores, more than 3 GB.
set -eu

# The values of the rows' parameter MULTILIB. https://gcc.gnu.org/onlinedocs/gcc/ARM-Options.html
multilibs='
	thumb/v6-m/nofp
	thumb/v7-m/nofp
	thumb/v7e-m/nofp
	thumb/v7e-m+fp/hard
	thumb/v8-m.base/nofp
	thumb/v8-m.main/nofp
	thumb/v8-m.main+fp/hard
'

fetch=$1
mkdir -p "$fetch/debs" "$fetch/files" "$fetch/common" "$fetch/multilib"
cd "$fetch/debs"
fail() {
	echo "cross: $*" >&2
	exit 1
}

export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends binutils-arm-none-eabi
apt-get -q -o APT::Sandbox::User=root download gcc-arm-none-eabi libnewlib-arm-none-eabi libnewlib-dev libstdc++-arm-none-eabi-dev \
	libstdc++-arm-none-eabi-newlib || fail "a package of GCC, newlib or libstdc++ for arm-none-eabi is not in the mirror"

# the files for one kind of core
set -- './usr/share/doc/*/copyright'
for multilib in $multilibs; do
	set -- "$@" "*/$multilib/*"
done
for package in gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-dev libstdc++-arm-none-eabi-newlib; do
	dpkg-deb --fsys-tarfile "${package}"_*.deb | tar -x -C ../files --wildcards "$@" || fail "$package has not all kinds of cores"
done
mkdir -p ../common/usr
cp -R ../files/usr/share ../common/usr
# the files for all kinds
for package in gcc-arm-none-eabi libnewlib-arm-none-eabi libnewlib-dev libstdc++-arm-none-eabi-dev; do
	dpkg-deb --fsys-tarfile "${package}"_*.deb | tar -x -C ../common --exclude='*/thumb' --exclude='*/arm-none-eabi/arm' \
		--exclude='*/arm-none-eabi/*/arm' --exclude='*.[ao]' --exclude='*/c++/*/arm-none-eabi' --exclude='*/plugin' \
		--exclude='*/install-tools' --exclude='*-lto-dump' --exclude='*-gcov*' --exclude='*/cpu-init' --exclude='*/changelog*' \
		--exclude='./usr/share/doc/*/[eir]*' --exclude='./usr/share/man' --exclude='./usr/share/info' --exclude='./usr/share/lintian' \
		--exclude='./usr/share/gcc*'
done

# Hard links would become copies later, so symbolic links replace them.
cd ../common/usr/bin
for name in arm-none-eabi-gcc-[0-9]*; do
	ln -sf arm-none-eabi-gcc "$name"
done
ln -sf arm-none-eabi-c++ arm-none-eabi-g++
cd ../../../files

for multilib in $multilibs; do
	find . -type d -path "*/$multilib" | while read -r dir; do
		mkdir -p "$fetch/multilib/$multilib/${dir%/*}"
		mv "$dir" "$fetch/multilib/$multilib/$dir"
	done
	lib=$fetch/multilib/$multilib/usr/lib
	[ -e "$lib/arm-none-eabi/newlib/$multilib/libstdc++.a" ] || fail "Debian's packages have no libraries for $multilib"
	for name in libg libg_nano; do
		ln -sf "libc${name#libg}.a" "$lib/arm-none-eabi/newlib/$multilib/$name.a"
	done
	# Debugging information is most of these files, and users do not have the sources for it.
	find "$lib" -name '*.a' -type f -exec arm-none-eabi-strip --strip-debug {} +
done
cd "$fetch"
rm -r debs files
sh /opt/cross/libexec/clean.sh
