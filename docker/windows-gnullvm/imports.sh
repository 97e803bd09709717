#!/bin/sh
# usage: imports.sh <zig> <parts>
# Makes the import libraries of mingw-w64's definitions, which Zig has, and puts the archives together that are named when a program is
# linked.
set -eu

: "${ZIG_TARGET:?}" "${DLLTOOL_MACHINE:?}"

zig=$1/zig
mingw=$1/lib/libc/mingw
parts=$2
lib=$parts/lib
cpu=${ZIG_TARGET%%-*}
ZIG_LOCAL_CACHE_DIR=$(mktemp -d)
export ZIG_LOCAL_CACHE_DIR ZIG_GLOBAL_CACHE_DIR="$ZIG_LOCAL_CACHE_DIR"
cd "$ZIG_LOCAL_CACHE_DIR"

# Definitions for the processor come before the common ones, as in Zig.
# https://sourceforge.net/p/mingw-w64/mingw-w64/ci/master/tree/mingw-w64-crt/
case $cpu in
x86_64) own=$mingw/lib64 ;;
*) own=$mingw/libarm64 ;;
esac
mkdir definitions
for file in "$own"/*.def "$own"/*.def.in "$mingw"/lib-common/*.def "$mingw"/lib-common/*.def.in; do
	name=${file##*/}
	name=${name%.in}
	[ -e "$file" ] || continue
	case $name in
	# Libraries that are not for desktop programs, and files that other files include, are left out.
	*_windowsapp.def | *-common.def) continue ;;
	esac
	[ ! -e "definitions/$name" ] || continue
	case $file in
	*.in) "$zig" clang -target "$ZIG_TARGET" -undef "-D__${cpu}__" -E -P -w -I"$mingw/def-include" -x c "$file" -o "definitions/$name" ;;
	*) cp "$file" "definitions/$name" ;;
	esac
done
# Only on 32-bit x86 does a function's name end in the number of bytes that its arguments take.
sed -i 's/^\([A-Za-z_0-9][A-Za-z_0-9]*\)@[0-9][0-9]*/\1/' definitions/*.def
for file in definitions/*.def; do
	name=${file##*/}
	name=${name%.def}
	"$zig" dlltool -m "$DLLTOOL_MACHINE" -d "$file" -l "$lib/lib$(echo "$name" | tr '[:upper:]' '[:lower:]').a"
done

# mingw-w64's own library and the C library of Windows need each other. libmingw32.a contains both, so that a linker finds all in the
# first that is named.
"$zig" ar qcL "$lib/libmingw32.a" "$parts/libmingw32.a" "$parts/libzigc.a" "$lib"/libapi-ms-win-crt-*.a
"$zig" ar qcL "$lib/libucrt.a" "$lib"/libapi-ms-win-crt-*.a
ln -s libucrt.a "$lib/libmsvcrt.a"
# Other toolchains have parts of these libraries under these names. Here they are empty archives.
for name in amstrmid delayimp dmoguids dxerr8 dxerr9 dxguid ksguid largeint locationapi m mfuuid mingwex mingwthrd moldname msxml2 msxml6 \
	portabledeviceguids pthread sapi sensorsapi strmiids taskschd uuid wbemuuid winpthread wmcodecdspuuid; do
	[ -e "$lib/lib$name.a" ] || printf '!<arch>\n' >"$lib/lib$name.a"
done
cd /
rm -rf "$ZIG_LOCAL_CACHE_DIR"
