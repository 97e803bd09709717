#!/bin/sh
# Unpacks GCC, musl and the kernel's headers from packages of the base's own release into /opt/cross/$TRIPLE, and installs binutils.
#
# Debian has no cross compiler for musl, but its compilers know musl beside glibc (-mmusl), and it has musl for each of its own
# architectures. own-libc.sh makes musl for others. The packages are unpacked rather than installed, so that nothing apt does later
# affects them.
set -eu

# the Dockerfile's arguments for the row
: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${DEB_ARCH:?}" "${MULTIARCH:?}" "${LOADER:?}" "${GCC_VERSION:?}"

root=/opt/cross/$TRIPLE
mkdir -p "$root"
export DEBIAN_FRONTEND=noninteractive

# Package names have no underscores.
package_triple=$(echo "$GCC_TRIPLE" | tr _ -)

fail() {
	echo "cross: $TRIPLE: a package that this target needs is not in the mirror (apt's message above says which)" >&2
	exit 1
}

# with_arch <argument>...: apt-get with the target's architecture, which dpkg and the user's own apt do not know. The user that apt
# switches to for downloads cannot write to this directory.
with_arch() {
	apt-get -q -o "APT::Architectures::=$DEB_ARCH" -o APT::Sandbox::User=root "$@"
}
# An outdated list on the mirror is no reason to stop. If a package is missing because of it, apt says so below.
with_arch update || echo "cross: $TRIPLE: some lists of packages could not be had; those of the others are used" >&2
apt-get -q install -y --no-install-recommends "binutils-$package_triple" || fail

# the compiler, at the paths of Debian's packages
libgcc=libgcc-$GCC_VERSION-dev
if [ "$DEB_ARCH" != "$(dpkg --print-architecture)" ]; then
	libgcc=$libgcc-$DEB_ARCH-cross
fi
debs=$(mktemp -d)
cd "$debs"
with_arch download \
	"cpp-$GCC_VERSION-$package_triple" \
	"gcc-$GCC_VERSION-$package_triple" \
	"g++-$GCC_VERSION-$package_triple" \
	"$libgcc" || fail
for deb in ./*.deb; do
	dpkg-deb --extract "$deb" "$root"
	rm "$deb"
done

# Removed: sanitizers, OpenMP and profiling, which need glibc; libatomic, which libraries.sh makes; tools for the development of
# compilers; documentation; and libgcc's shared library.
find "$root" \( \
	-name 'lib*san*' -o -name 'libgomp*' -o -name 'libitm*' -o -name 'libgcov*' -o -name 'libatomic*' -o -name 'libbacktrace*' -o \
	-name 'libquadmath*' -o -name 'libcc1*' -o -name 'libgcc_s*' -o -name 'libstdc++*' -o -name '*-gcov*' -o -name '*lto-dump*' \
	\) ! -type d -delete
rm -rf "$root"/usr/lib/gcc*/*/*/plugin "$root/usr/share/man" "$root/usr/share/lintian"
find "$root/usr/share" ! -type d ! -path '*/doc/*/copyright' -delete
find "$root/usr/share" -type d -empty -delete

# Debugging information is three quarters of Debian's cross compilers.
find "$root/usr/bin" "$root"/usr/libexec/gcc* -type f -perm -u=x -exec strip --strip-unneeded {} + 2>/dev/null || true
"/usr/bin/$GCC_TRIPLE-strip" --strip-debug "$root"/usr/lib/gcc*/*/*/*.a

# GCC looks for its assembler and linker here before it looks in PATH, which has the native ones.
mkdir -p "$root/usr/$GCC_TRIPLE/bin"
for tool in as ld ld.bfd ld.gold nm objcopy objdump ranlib ar strip; do
	ln -s "/usr/bin/$GCC_TRIPLE-$tool" "$root/usr/$GCC_TRIPLE/bin/$tool"
done
# These linkers work for all targets. They are there once the user has added them.
for tool in ld.lld ld.mold; do
	ln -s "/usr/bin/$tool" "$root/usr/$GCC_TRIPLE/bin/$tool"
done

# musl and the kernel's headers are in /usr/include and /usr/lib, as on a system with no other C library.
set -- linux-libc-dev
if [ -z "${OWN_LIBC:-}" ]; then
	set -- "$@" "musl:$DEB_ARCH" "musl-dev:$DEB_ARCH"
fi
with_arch download "$@" || fail
mkdir -p libc "$root/etc" "$root/lib" "$root/usr/include"
for deb in ./*.deb; do
	dpkg-deb --extract "$deb" libc
done
asm=libc/usr/include/$("$root/usr/bin/$GCC_TRIPLE-gcc-$GCC_VERSION" -print-multiarch)/asm
cp -RL "$asm" "$root/usr/include/asm"
if [ -z "${OWN_LIBC:-}" ]; then
	mv "libc/usr/include/$MULTIARCH" musl
	cp -R "libc/usr/lib/$MULTIARCH/." "$root/usr/lib"
	# musl's headers do not say their version. Debian's 1.2.5-3 is its third package of 1.2.5.
	dpkg-deb --field musl-dev_*.deb Version | sed 's/[-~+].*//' >"$root/etc/musl-version"
else
	mkdir musl
fi
find libc/usr/include -mindepth 1 -maxdepth 1 -name '*-linux-gnu*' -exec rm -r {} +
cp -R libc/usr/include/. musl/. "$root/usr/include"
ln -s ../usr/lib/libc.so "$root/lib/${LOADER##*/}"
for copyright in libc/usr/share/doc/*/copyright; do
	package=$(basename "$(dirname "$copyright")")
	mkdir -p "$root/usr/share/doc/$package"
	cp "$copyright" "$root/usr/share/doc/$package"
done

cd /
rm -rf "$debs"
sh /opt/cross/libexec/clean.sh
