#!/bin/sh
# Makes the commands of /opt/cross/bin, and puts the target's loader and libraries where a native system has them.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${DEB_ARCH:?}" "${MULTIARCH:?}" "${LOADER:?}" "${GCC_VERSION:?}"

here=/opt/cross/libexec
root=/opt/cross/$TRIPLE
bin=/opt/cross/bin
with_packages=/opt/cross/etc/with-packages
libdir=$root/usr/$GCC_TRIPLE/lib
mkdir -p "$bin" "$with_packages"

# The toolchain's commands are there under the triple that rustc uses, and under the one that configure scripts guess.
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
	# One command has both names, so that both change when the user adds libraries.
	ln -sf "$TRIPLE-$tool" "$bin/$GCC_TRIPLE-$tool"
	alias_of "$tool" "$GCC_TRIPLE-$tool-$GCC_VERSION"
	sed -e "s|@COMMAND@|$root/bin/$TRIPLE-$tool|g" -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@LIBDIR@|$libdir|g" -e "s|@MULTIARCH@|$MULTIARCH|g" \
		"$here/compiler.in" >"$with_packages/$TRIPLE-$tool"
	chmod 755 "$with_packages/$TRIPLE-$tool"
done

# Where the target is the machine itself, configure scripts and makefiles ask for the compiler by its plain name, and what they make is
# linked with the old sysroot.
native=
if [ "$DEB_ARCH" = "$(dpkg --print-architecture)" ]; then
	native=1
	alias_of gcc gcc cc
	alias_of g++ g++ c++
	alias_of cpp cpp
	alias_of pkg-config pkg-config
fi

# Emulated programs find their loader and libraries with an empty environment. One link a file, under the name that programs
# ask for: a package of the target that is installed later replaces the link and leaves the sysroot alone.
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

# How to tell that the user has added libraries for the target: packages of its architecture, or where that is the machine's own,
# development packages.
if [ -n "$native" ]; then
	pattern='*-dev'
else
	pattern="*:$DEB_ARCH"
fi
dpkg-query --show --showformat '${Package}\n' "$pattern" >/opt/cross/etc/target-packages 2>/dev/null || true
sed -e "s|@PATTERN@|$pattern|g" -e "s|@MULTIARCH@|$MULTIARCH|g" "$here/after-dpkg.in" >/opt/cross/etc/after-dpkg
echo 'post-invoke="sh /opt/cross/etc/after-dpkg"' >/etc/dpkg/dpkg.cfg.d/cross-libraries
