#!/bin/sh
# Installs mingw-w64's compilers, and what Wine needs of this machine.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${GCC_VERSION:?}"

export DEBIAN_FRONTEND=noninteractive
# As Debian names packages: x86-64.
cpu=$(echo "${GCC_TRIPLE%%-*}" | tr _ -)

# Without the libraries of other languages, the compiler's headers for plugins and its profilers; the machine's own compilers have been
# cut down in the same way. Left out of this one installation only.
set --
for pattern in \
	'/usr/bin/*-gcov*' \
	'/usr/bin/*-lto-dump*' \
	"/usr/lib/gcc/$GCC_TRIPLE/*/adalib/*" \
	"/usr/lib/gcc/$GCC_TRIPLE/*/install-tools/*" \
	"/usr/lib/gcc/$GCC_TRIPLE/*/libgfortran*" \
	"/usr/lib/gcc/$GCC_TRIPLE/*/libobjc*" \
	"/usr/lib/gcc/$GCC_TRIPLE/*/plugin/*" \
	"/usr/lib/gcc/$GCC_TRIPLE/*/*.dll.a-gdb.py"; do
	set -- "$@" -o "Dpkg::Options::=--path-exclude=$pattern"
done

apt-get -q update
apt-get -q install -y --no-install-recommends "$@" "g++-mingw-w64-$cpu-posix" || {
	echo "cross: $TRIPLE: a package that this target needs is not in the mirror (apt's message above says which)" >&2
	exit 1
}
# shellcheck source=docker/windows-gnu/wine-libraries.sh
. "$(dirname "$0")/wine-libraries.sh"

# The linker takes a DLL where it finds one before the archive. A result shall need no DLL of GCC's or mingw-w64's, whoever links it and
# with whatever command. The DLLs that stay have the unwinder, which `-C prefer-dynamic` shares between DLLs of Rust, and the threads
# that the unwinder itself needs.
for library in "/usr/lib/gcc/$GCC_TRIPLE/$GCC_VERSION-posix"/lib*.dll.a; do
	if [ -e "${library%.dll.a}.a" ]; then
		rm "$library"
		rm -f "${library%.dll.a}"-[0-9]*.dll
	fi
done
rm /usr/"$GCC_TRIPLE"/lib/lib*pthread.dll.a

sh /opt/cross/libexec/clean.sh
