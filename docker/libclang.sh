#!/bin/sh
# usage: libclang.sh <directory with packages> <directory>
# Puts Debian's libclang, which bindgen loads, below <directory> at the paths of Debian's package, with a libLLVM that contains only what
# libclang calls. This libLLVM has 4 MB instead of 130, and does not need the 27 MB of a solver. It is linked from Debian's own static
# libraries of the same version.
#
# dpkg knows neither of the two libraries. If Debian's packages are installed later, their files replace these.
set -eu

packages=$1
out=$2
work=$(mktemp -d)
cd "$work"
mkdir -p "$out"

dpkg-deb --fsys-tarfile "$packages"/libclang1-*.deb |
	tar -x -C "$out" --wildcards "./usr/lib/*" "./usr/share/doc/*/copyright"
dpkg-deb --fsys-tarfile "$packages"/llvm-*-dev.deb |
	tar -x --wildcards "./usr/lib/llvm-*/lib/libLLVM*.a" "./usr/share/doc/*/copyright"

set -- "$out"/usr/lib/llvm-*
version=${1##*-}
libclang=$(readlink -f "$1/lib/libclang-$version.so.$version")
soname=$(readelf -d "$libclang" | sed -n 's/.*(NEEDED).*\[\(libLLVM.*\)\]$/\1/p')
label=LLVM_${soname#libLLVM.so.}
nm -D --undefined-only "$libclang" | sed -n "s/^ *[A-Za-z] \(.*\)@$label\$/\1/p" >symbols

# libclang only needs code generators and assemblers for Microsoft's inline assembly. Here their initialisers are empty, so they are not
# registered and such assembly is refused.
grep '^LLVMInitialize' symbols | sed 's/.*/void &(void) {}/' >targets.c
gcc -O2 -fPIC -c targets.c
{
	echo "$label {"
	echo 'global:'
	sed 's/$/;/' symbols
	echo 'local: *;'
	echo '};'
} >exported
grep -v '^LLVMInitialize' symbols | sed 's/^/-Wl,-u,/' >wanted
g++ -shared -s -o "$(dirname "$libclang")/$soname" "-Wl,-soname,$soname,--version-script=exported" \
	-Wl,--no-undefined,--gc-sections,--as-needed,-z,relro,-z,now \
	@wanted targets.o -Wl,--start-group usr/lib/llvm-"$version"/lib/*.a -Wl,--end-group -l:libz.so.1 -l:libzstd.so.1
chmod 644 "$(dirname "$libclang")/$soname"
mkdir -p "$out/usr/share/doc/libllvm$version"
cp "usr/share/doc/llvm-$version-dev/copyright" "$out/usr/share/doc/libllvm$version"

# Crates that do not load libclang at run time link with it by the name in Debian's development package.
ln -s "libclang-$version.so.1" "$1/lib/libclang.so"

# For targets with musl libclang has to be told where its own headers are. This path to them has no version in it.
mkdir -p "$out/opt/cross"
ln -s "/usr/lib/llvm-$version/lib/clang/$version" "$out/opt/cross/clang"

cd /
rm -r "$work"
