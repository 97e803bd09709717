#!/bin/sh
# Unpacks the compiler and sysroot of an old Debian release into /opt/cross/$TRIPLE and installs the current binutils.
#
# Unpacked and not installed: the release's packages would have to be pinned for ever, and the first `apt-get upgrade` or
# `apt-get install` of a user would move the sysroot to the current glibc.
set -eu

# The row's arguments of the Dockerfile.
: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${DEB_ARCH:?}" "${SUITE:?}" "${GCC_VERSION:?}"

root=/opt/cross/$TRIPLE
mkdir -p "$root"
export DEBIAN_FRONTEND=noninteractive

# Package names have no underscores.
package_triple=$(echo "$GCC_TRIPLE" | tr _ -)

fail() {
	echo "cross: $TRIPLE: $* (apt's message above says which)" >&2
	exit 1
}

apt-get -q update
apt-get -q install -y --no-install-recommends "binutils-$package_triple" ||
	fail "a package that this target needs is not in the mirror"

apt=/tmp/apt
# shellcheck source=docker/linux-gnu/old-release.sh
. /opt/cross/libexec/old-release.sh
old_apt update || fail "the mirror does not have all of $SUITE"

# The release has no cross compiler for the machine it runs on; there its native packages do the same.
if [ "$DEB_ARCH" = "$(dpkg --print-architecture)" ]; then
	set -- \
		"cpp-$GCC_VERSION" \
		"gcc-$GCC_VERSION" \
		"g++-$GCC_VERSION" \
		"libgcc-$GCC_VERSION-dev" \
		"libstdc++-$GCC_VERSION-dev" \
		libatomic1 \
		libc6 \
		libc6-dev \
		libcrypt-dev \
		libcrypt1 \
		libgcc-s1 \
		libgomp1 \
		libstdc++6 \
		linux-libc-dev
else
	set -- \
		"cpp-$GCC_VERSION-$package_triple" \
		"gcc-$GCC_VERSION-$package_triple" \
		"g++-$GCC_VERSION-$package_triple" \
		"libgcc-$GCC_VERSION-dev-$DEB_ARCH-cross" \
		"libstdc++-$GCC_VERSION-dev-$DEB_ARCH-cross" \
		"libatomic1-$DEB_ARCH-cross" \
		"libc6-$DEB_ARCH-cross" \
		"libc6-dev-$DEB_ARCH-cross" \
		"libgcc-s1-$DEB_ARCH-cross" \
		"libgomp1-$DEB_ARCH-cross" \
		"libstdc++6-$DEB_ARCH-cross" \
		"linux-libc-dev-$DEB_ARCH-cross"
fi
mkdir -p $apt/debs
cd $apt/debs
old_apt download "$@" || fail "a package that this target needs is not in the mirror's $SUITE"
for deb in *.deb; do
	dpkg-deb --extract "$deb" "$root"
done
cd /

# No sanitizers (they do not work under emulation), no tools for compiler developers, no documentation.
find "$root" \( \
	-name 'lib*san*.a' -o -name 'lib*san*.so*' -o -name 'lib*san*.o' -o -name 'lib*san*.spec' -o \
	-name '*lto-dump*' -o -name '*-gcov*' -o -name 'libc_malloc_debug*' -o -name 'lib*_p.a' \
	\) ! -type d -delete
(cd "$root" && rm -rf etc var usr/lib/gcc*/*/*/plugin usr/lib/*/gconv usr/lib/*/audit)
find "$root/usr/share" ! -type d ! -path '*/doc/*/copyright' -delete
find "$root/usr/share" -type d -empty -delete

# Debian's cross compilers come with their debugging information, three quarters of their size.
find "$root/usr/bin" "$root"/usr/lib/gcc* -type f -perm -u=x -exec strip --strip-unneeded {} + 2>/dev/null || true
# So do its libraries for some architectures. A few archives are texts for the linker, which strip refuses and leaves alone.
find "$root" -name '*.[ao]' -type f -exec "$GCC_TRIPLE-strip" --strip-debug {} + 2>/dev/null || true

# Links that name a path of the old system mean the file in this root.
find "$root" -type l | while read -r link; do
	target=$(readlink "$link")
	case $target in
	/*) ln -sfrn "$root$target" "$link" ;;
	esac
done

# Cross packages keep their headers aside, clang and cmake look where a system has them.
if [ ! -e "$root/usr/include" ]; then
	ln -s "$GCC_TRIPLE/include" "$root/usr/include"
fi

# gcc looks for its assembler and linker here, before PATH with the native ones.
mkdir -p "$root/usr/$GCC_TRIPLE/bin"
for tool in as ld ld.bfd ld.gold nm objcopy objdump ranlib ar strip; do
	ln -s "/usr/bin/$GCC_TRIPLE-$tool" "$root/usr/$GCC_TRIPLE/bin/$tool"
done
# Linkers for all targets, which are there when the user has added them.
for tool in ld.lld ld.mold; do
	ln -s "/usr/bin/$tool" "$root/usr/$GCC_TRIPLE/bin/$tool"
done

rm -rf $apt
sh /opt/cross/libexec/clean.sh
