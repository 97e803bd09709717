#!/bin/sh
# usage: libclang.sh <major version of LLVM>
# Puts Debian's libclang, which bindgen loads, where Debian's package does, with a libLLVM that has only what libclang calls: 4 MB instead
# of 130, and 27 less for the solver that the rest depends on. It is linked from Debian's own static libraries of the same version.
#
# dpkg knows neither of the two: whoever installs Debian's packages later gets those, in the same places.
set -eu

version=$1
work=$(mktemp -d)
cd "$work"

apt-get -q -o APT::Sandbox::User=root download "libclang1-$version" "llvm-$version-dev"
dpkg-deb --fsys-tarfile "libclang1-$version"_*.deb |
	tar -x -C / --wildcards "./usr/lib/*" "./usr/share/doc/*/copyright"
dpkg-deb --fsys-tarfile "llvm-$version-dev"_*.deb |
	tar -x --wildcards "./usr/lib/llvm-$version/lib/libLLVM*.a" "./usr/share/doc/*/copyright"
rm ./*.deb

libclang=/usr/lib/llvm-$version/lib/libclang-$version.so.$version
soname=$(readelf -d "$libclang" | sed -n 's/.*(NEEDED).*\[\(libLLVM.*\)\]$/\1/p')
label=LLVM_${soname#libLLVM.so.}
nm -D --undefined-only "$libclang" | sed -n "s/^ *[A-Za-z] \(.*\)@$label\$/\1/p" >symbols

# Code generators and assemblers would only be asked about Microsoft's inline assembly, which then is refused: nothing registers them.
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
libdir=$(dirname "$(readlink -f "$libclang")")
g++ -shared -s -o "$libdir/$soname" "-Wl,-soname,$soname,--version-script=exported" \
	-Wl,--no-undefined,--gc-sections,--as-needed,-z,relro,-z,now \
	@wanted targets.o -Wl,--start-group "usr/lib/llvm-$version/lib"/*.a -Wl,--end-group -l:libz.so.1 -l:libzstd.so.1
chmod 644 "$libdir/$soname"
mkdir -p "/usr/share/doc/libllvm$version"
cp "usr/share/doc/llvm-$version-dev/copyright" "/usr/share/doc/libllvm$version"
ldconfig

# For targets of musl it does not find its own headers; this is a name without a version for where they are.
ln -s "/usr/lib/llvm-$version/lib/clang/$version" /opt/cross/clang

cd /
rm -r "$work"
