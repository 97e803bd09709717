#!/bin/sh
# Installs clang and Node.js, and unpacks wasi-libc and LLVM's C++ library into /opt/cross/$TRIPLE.
set -eu

# the Dockerfile's arguments for the row
: "${TRIPLE:?}" "${LIBC_TRIPLE:?}" "${LLVM_VERSION:?}"

root=/opt/cross/$TRIPLE
export DEBIAN_FRONTEND=noninteractive

fail() {
	echo "cross: $TRIPLE: a package that this target needs is not in the mirror (apt's message above says which)" >&2
	exit 1
}

apt-get -q update
apt-get -q install -y --no-install-recommends "clang-$LLVM_VERSION" "lld-$LLVM_VERSION" nodejs || fail

debs=$(mktemp -d)
cd "$debs"
apt-get -q -o APT::Sandbox::User=root download \
	"libc++-$LLVM_VERSION-dev-wasm32" \
	"libc++abi-$LLVM_VERSION-dev-wasm32" \
	"libclang-rt-$LLVM_VERSION-dev-wasm32" \
	"llvm-$LLVM_VERSION" \
	wasi-libc || fail

# Of LLVM's tools, only those that handle objects and archives are unpacked.
llvm=usr/lib/llvm-$LLVM_VERSION
set --
for tool in ar nm objcopy objdump ranlib readobj size strings strip; do
	set -- "$@" "./$llvm/bin/llvm-$tool"
done
dpkg-deb --fsys-tarfile "llvm-${LLVM_VERSION}"_*.deb | tar -x -C / "$@"
rm "llvm-${LLVM_VERSION}"_*.deb

for deb in ./*.deb; do
	dpkg-deb --extract "$deb" files
done
# The C++ library's headers are links to LLVM's own directory, so -L copies the files.
mkdir -p "$root/include" "$root/lib" "$root/share/doc"
cp -RL "files/usr/include/$LIBC_TRIPLE" "$root/include/$TRIPLE"
cp -RL "files/usr/lib/$LIBC_TRIPLE" "$root/lib/$TRIPLE"
cp -R files/usr/share/doc/. "$root/share/doc"
dpkg-deb --field wasi-libc_*.deb Version >"$root/share/wasi-libc-version"
# Crates also look for these directories by the name in Debian and wasi-sdk.
for dir in include lib; do
	ln -s "$TRIPLE" "$root/$dir/$LIBC_TRIPLE"
done
# The compiler's own library is copied to the directory in which clang looks for the target's full name.
rt=$llvm/lib/clang/$LLVM_VERSION/lib
mkdir -p "/$rt/wasm32-unknown-${TRIPLE##*-}"
cp "files/$rt/wasi/libclang_rt.builtins-wasm32.a" "/$rt/wasm32-unknown-${TRIPLE##*-}/libclang_rt.builtins.a"

cd /
rm -rf "$debs"
sh /opt/cross/libexec/clean.sh
