#!/bin/sh
# usage: fetch.sh <directory>
# Unpacks GCC, newlib and libstdc++ into <directory>: common/ has what all rows need, multilib/<kind of core> what one does, each as it
# belongs below /. Debian's packages have libraries for some fifty kinds of cores, which are more than 3 GB.
set -eu

# The parameter MULTILIB of the rows. https://gcc.gnu.org/onlinedocs/gcc/ARM-Options.html
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

# What one kind of core needs.
set -- './usr/share/doc/*/copyright'
for multilib in $multilibs; do
	set -- "$@" "*/$multilib/*"
done
for package in gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-dev libstdc++-arm-none-eabi-newlib; do
	dpkg-deb --fsys-tarfile "${package}"_*.deb | tar -x -C ../files --wildcards "$@" || fail "$package has not all kinds of cores"
done
mkdir -p ../common/usr
cp -R ../files/usr/share ../common/usr
# What all do.
for package in gcc-arm-none-eabi libnewlib-arm-none-eabi libnewlib-dev libstdc++-arm-none-eabi-dev; do
	dpkg-deb --fsys-tarfile "${package}"_*.deb | tar -x -C ../common --exclude='*/thumb' --exclude='*/arm-none-eabi/arm' \
		--exclude='*/arm-none-eabi/*/arm' --exclude='*.[ao]' --exclude='*/c++/*/arm-none-eabi' --exclude='*/plugin' \
		--exclude='*/install-tools' --exclude='*-lto-dump' --exclude='*-gcov*' --exclude='*/cpu-init' --exclude='*/changelog*' \
		--exclude='./usr/share/doc/*/[eir]*' --exclude='./usr/share/man' --exclude='./usr/share/info' --exclude='./usr/share/lintian' \
		--exclude='./usr/share/gcc*'
done

# Names of one file that are links would become copies.
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
	# Lines and types are most of it, and whoever debugs has no source of theirs.
	find "$lib" -name '*.a' -type f -exec arm-none-eabi-strip --strip-debug {} +
done
cd "$fetch"
rm -r debs files
sh /opt/cross/libexec/clean.sh
