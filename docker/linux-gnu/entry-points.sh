#!/bin/sh
# Makes the commands of /opt/cross/bin, and puts the target's loader and libraries where a native system has them.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${DEB_ARCH:?}" "${MULTIARCH:?}" "${LOADER:?}" "${GCC_VERSION:?}"

here=/opt/cross/libexec
# shellcheck source=docker/linux/tools.sh
. $here/tools.sh
mkdir -p /opt/cross/etc

if [ -d "$root/usr/$GCC_TRIPLE/lib" ]; then
	libdir=$root/usr/$GCC_TRIPLE/lib
	runtime=$libdir
else
	libdir=$root/usr/lib/$MULTIARCH
	runtime=
fi

compiler() { # <real command> <name>...
	sed -e "s|@COMMAND@|$1|g" -e "s|@TRIPLE@|$TRIPLE|g" -e "s|@ROOT@|$root|g" -e "s|@LIBDIR@|$libdir|g" \
		-e "s|@MULTIARCH@|$MULTIARCH|g" -e "s|@GCC_FLAGS@|${GCC_FLAGS:-}|g" "$here/compiler.in" >"$bin/$TRIPLE-$2"
	chmod 755 "$bin/$TRIPLE-$2"
}
for tool in gcc g++ cpp; do
	compiler "$GCC_TRIPLE-$tool-$GCC_VERSION" "$tool"
	alias_of "$tool" "$GCC_TRIPLE-$tool-$GCC_VERSION"
done
tools "$GCC_TRIPLE"

# Where the target is the machine itself, configure scripts and makefiles ask for the compiler by its plain name, and what they make is
# linked with the old sysroot.
if [ "$DEB_ARCH" = "$(dpkg --print-architecture)" ]; then
	alias_of gcc gcc cc
	alias_of g++ g++ c++
	alias_of cpp cpp
	alias_of pkg-config pkg-config
fi

# Cross packages keep their libraries aside, CMake looks where a system has them.
if [ -n "$runtime" ]; then
	mkdir -p "$root/usr/lib"
	ln -s "../$GCC_TRIPLE/lib" "$root/usr/lib/$MULTIARCH"
fi

# Emulated programs find their loader and libraries with an empty environment. One link a file, under the name that programs
# ask for: a package of the target that is installed later replaces the link and leaves the sysroot alone.
if [ -n "$runtime" ]; then
	mkdir -p "/usr/lib/$MULTIARCH" "${LOADER%/*}"
	for file in "$runtime"/*.so.*; do
		name=${file##*/}
		case $name in
		*.so.*.*) ;;
		*) ln -s "$file" "/usr/lib/$MULTIARCH/$name" ;;
		esac
	done
	# Beside the other libraries, or (mips64) in a directory of its own.
	loader=$(find "$root/usr/$GCC_TRIPLE" -name "${LOADER##*/}" | head -n 1)
	if [ -z "$loader" ]; then
		echo "cross: $TRIPLE: the packages of the C library have no ${LOADER##*/}" >&2
		exit 1
	fi
	ln -s "$loader" "$LOADER"
fi

# How to tell that the user has added libraries for the target: packages of its architecture, or where that is the machine's own,
# development packages.
if [ "$DEB_ARCH" = "$(dpkg --print-architecture)" ]; then
	pattern='*-dev'
else
	pattern="*:$DEB_ARCH"
fi
dpkg-query --show --showformat '${Package}\n' "$pattern" >/opt/cross/etc/target-packages 2>/dev/null || true
sed -e "s|@PATTERN@|$pattern|g" -e "s|@MULTIARCH@|$MULTIARCH|g" "$here/after-dpkg.in" >/opt/cross/etc/after-dpkg
echo 'post-invoke="sh /opt/cross/etc/after-dpkg"' >/etc/dpkg/dpkg.cfg.d/cross-libraries
