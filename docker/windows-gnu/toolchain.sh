#!/bin/sh
# Installs mingw-w64's compilers, and the libraries of this machine that Wine needs.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${GCC_VERSION:?}"

export DEBIAN_FRONTEND=noninteractive
# the processor in names of Debian's packages: x86-64
cpu=$(echo "${GCC_TRIPLE%%-*}" | tr _ -)

# The libraries of other languages, headers for GCC's plugins and profilers are left out, as they are of the base's own compilers. dpkg
# leaves them out only in this installation.
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

# Results must not need a DLL of GCC or mingw-w64, whatever command links them. The linker prefers a DLL to an archive, so DLLs that are
# also there as archives are removed. Two stay: the unwinder's, which `-C prefer-dynamic` shares between DLLs of Rust, and that of the
# threads that the unwinder needs.
for library in "/usr/lib/gcc/$GCC_TRIPLE/$GCC_VERSION-posix"/lib*.dll.a; do
	if [ -e "${library%.dll.a}.a" ]; then
		rm "$library"
		rm -f "${library%.dll.a}"-[0-9]*.dll
	fi
done
rm /usr/"$GCC_TRIPLE"/lib/lib*pthread.dll.a

sh /opt/cross/libexec/clean.sh
