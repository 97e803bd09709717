#!/bin/sh
# usage: llvm.sh <directory>
# Puts Debian's lld and those of LLVM's tools that handle objects and archives into <directory>, with the library that they are linked with.
# They are unpacked rather than installed: the part `libclang` has a libLLVM of its own where Debian's package has this one.
set -eu

: "${LLVM_VERSION:?}"

to=$1
export DEBIAN_FRONTEND=noninteractive
debs=$(mktemp -d)
cd "$debs"
apt-get -q update
if ! apt-get -q install -y --no-install-recommends patchelf ||
	! apt-get -q -o APT::Sandbox::User=root download "libllvm$LLVM_VERSION" "lld-$LLVM_VERSION" "llvm-$LLVM_VERSION"; then
	echo "cross: a package with the linker is not in the mirror (apt's message above says which)" >&2
	exit 1
fi
llvm=./usr/lib/llvm-$LLVM_VERSION
set --
# The names of links come with what they lead to.
for tool in addr2line ar cvtres cxxfilt dlltool nm objcopy objdump ranlib rc readelf readobj size strings strip windres; do
	set -- "$@" "$llvm/bin/llvm-$tool"
done
mkdir files
dpkg-deb --fsys-tarfile llvm-*.deb | tar -x -C files "$@"
dpkg-deb --fsys-tarfile lld-*.deb | tar -x -C files "$llvm/bin" ./usr/share/doc
dpkg-deb --extract libllvm*.deb files
mkdir -p "$to"
cp -R files/usr/. "$to"
find "$to/lib/llvm-$LLVM_VERSION/bin" -type f -exec patchelf --set-rpath "$to/lib/x86_64-linux-gnu" {} +

cd /
rm -rf "$debs"
