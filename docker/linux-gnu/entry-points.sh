#!/bin/sh
# Creates the commands in /opt/cross/bin, and links to the target's loader and libraries at the paths of a native system.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${DEB_ARCH:?}" "${MULTIARCH:?}" "${LOADER:?}" "${GCC_VERSION:?}"

here=/opt/cross/libexec
root=/opt/cross/$TRIPLE
bin=/opt/cross/bin
libdir=$root/usr/$GCC_TRIPLE/lib
mkdir -p "$bin" /opt/cross/etc

# The toolchain has each command with rustc's triple, and with the triple that configure scripts guess, in front.
for command in "$root/bin"/*; do
	[ "${command##*/}" = "$TRIPLE-pkg-config" ] || ln -s "$command" "$bin/"
done
alias_of() { # <tool> <name>...
	tool=$1
	shift
	for name; do
		[ -e "$bin/$name" ] || ln -s "$TRIPLE-$tool" "$bin/$name"
	done
}
alias_of gcc "$TRIPLE-cc" "$GCC_TRIPLE-cc"
alias_of g++ "$TRIPLE-c++" "$GCC_TRIPLE-c++"
for tool in gcc g++ cpp; do
	alias_of "$tool" "$GCC_TRIPLE-$tool-$GCC_VERSION"
done
# The compilers read this file at each call.
sed -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@MULTIARCH@|$MULTIARCH|g" "$here/compiler.in" >"$root/added.sh"

# If the target is this machine's own kind, configure scripts and makefiles call the compiler by its plain name. So the plain names are
# those of the target's commands, which link with the old sysroot.
native=
if [ "$DEB_ARCH" = "$(dpkg --print-architecture)" ]; then
	native=1
	alias_of gcc gcc cc
	alias_of g++ g++ c++
	alias_of cpp cpp
	alias_of pkg-config pkg-config
fi

# With these links, emulated programs find their loader and libraries without any variable. Each file has a link of its own, with the name
# that programs ask for: a package for the target that is installed later replaces the link and leaves the sysroot alone.
if [ -z "$native" ]; then
	mkdir -p "/usr/lib/$MULTIARCH" "${LOADER%/*}"
	for file in "$libdir"/*.so.*; do
		name=${file##*/}
		case $name in
		*.so.*.*) ;;
		*) ln -s "$file" "/usr/lib/$MULTIARCH/$name" ;;
		esac
	done
	ln -s "$libdir/${LOADER##*/}" "$LOADER"
fi

# A change in the list of these packages shows that the user has added libraries for the target. The list has all packages of the target's
# architecture or, if that is this machine's own, all development packages.
if [ -n "$native" ]; then
	pattern='*-dev'
else
	pattern="*:$DEB_ARCH"
fi
dpkg-query --show --showformat '${Package}\n' "$pattern" >/opt/cross/etc/target-packages 2>/dev/null || true
sed -e "s|@PATTERN@|$pattern|g" -e "s|@MULTIARCH@|$MULTIARCH|g" "$here/after-dpkg.in" >/opt/cross/etc/after-dpkg
echo 'post-invoke="sh /opt/cross/etc/after-dpkg"' >/etc/dpkg/dpkg.cfg.d/cross-libraries
