#!/bin/sh
# usage: llvm.sh <directory>
# Unpacks Debian's lld, LLVM's tools for objects and archives, and the libLLVM that they need, into <directory>. They are not installed
# because the part `libclang` has another libLLVM at the path of Debian's package.
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
# Some of the tools are links, so the programs that they lead to are unpacked too.
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
