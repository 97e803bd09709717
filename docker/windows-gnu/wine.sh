#!/bin/sh
# usage: wine.sh <directory>
# Puts Wine, with a prefix that is set up, into <directory>, whose contents are later copied to the image's root directory. Debian's
# packages are unpacked rather than installed, because they depend on packages for films, printers and scanners.
set -eu

to=$1
libraries=/usr/lib/x86_64-linux-gnu/wine
export DEBIAN_FRONTEND=noninteractive

fail() {
	echo "cross: Wine: $*" >&2
	exit 1
}

if [ -n "${WOW64:-}" ]; then
	# This is for one package, and only in this stage of the build.
	dpkg --add-architecture i386
	apt-get -q update || echo 'cross: Wine: a list of packages for i386 could not be had; the one of the release is enough' >&2
else
	apt-get -q update
fi
# shellcheck source=docker/windows-gnu/wine-libraries.sh
. "$(dirname "$0")/wine-libraries.sh"

debs=$(mktemp -d)
cd "$debs"
apt-get -q -o APT::Sandbox::User=root download wine64 libwine libz-mingw-w64 fonts-wine ||
	fail "a package is not in the mirror (apt's message above says which)"
for deb in ./*.deb; do
	dpkg-deb --extract "$deb" files
done
version=$(dpkg-deb --field libwine_*.deb Version)
cp files/usr/x86_64-w64-mingw32/lib/zlib1.dll "files$libraries/x86_64-windows"
if [ -n "${WOW64:-}" ]; then
	# 32-bit programs run in the 64-bit Wine. Of the 32-bit Wine it only needs the DLLs of Windows.
	apt-get -q -o APT::Sandbox::User=root download "libwine:i386=$version" || fail "the mirror has no libwine $version for i386"
	dpkg-deb --fsys-tarfile libwine_*_i386.deb | tar -x --strip-components=5 -C "files$libraries" ./usr/lib/i386-linux-gnu/wine/i386-windows
	cp files/usr/i686-w64-mingw32/lib/zlib1.dll "files$libraries/i386-windows"
fi

# Programs here have no windows, no sound and no devices, so the drivers for these are left out.
for name in alsa bth bus gstreamer pulse ps usb vulkan wayland x11; do
	rm -f "files$libraries/x86_64-unix/wine$name.so"
done
# There is no desktop with a menu, and Wine's debugger must not write messages of its own about a program that crashes.
rm -f "files$libraries"/*-windows/winemenubuilder.exe "files$libraries"/*-windows/winedbg.exe
# Debugging information is nine tenths of some DLLs. DLLs from other projects have none.
find "files$libraries" -name '*-windows' | while read -r dir; do
	find "$dir" -type f -regex '.*\.\(dll\|exe\|drv\|sys\|ocx\|cpl\|acm\|ax\|ds\|com\)' -exec strip --strip-debug {} +
done

mkdir -p "$to/usr/lib/x86_64-linux-gnu" "$to/usr/share/doc/wine"
cp -R "files/usr/lib/wine" "$to/usr/lib"
# This replaces a script that chooses between two servers. There is only one.
ln -sf wineserver64 "$to/usr/lib/wine/wineserver"
cp -R "files$libraries" "$to/usr/lib/x86_64-linux-gnu"
cp -R files/usr/share/wine "$to/usr/share"
cp files/usr/share/doc/libwine/copyright "$to/usr/share/doc/wine"
cp -R "$to/usr/." /usr

# The prefix: drive C: and the registry.
mkdir prefix
cat >prefix/user.reg <<-'END'
	WINE REGISTRY Version 2
	;; All keys relative to \\User\\S-1-5-21-0-0-0-1000

	#arch=win64

	[Software\\Wine\\Drivers]
	"Audio"=""
	"Graphics"="null"

	[Software\\Wine\\WineDbg]
	"ShowCrashDialog"=dword:00000000
END
(
	unset DISPLAY WAYLAND_DISPLAY XDG_RUNTIME_DIR
	export WINEPREFIX="$debs/prefix" WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml=' WINESERVER=/usr/lib/wine/wineserver64
	timeout 300 /usr/lib/wine/wine64 wineboot --init >wineboot.log 2>&1 </dev/null || true
	timeout 60 /usr/lib/wine/wineserver64 -w || /usr/lib/wine/wineserver64 -k || true
)
if [ ! -e prefix/drive_c/windows/system32/ntdll.dll ] || [ ! -s prefix/system.reg ]; then
	cat wineboot.log >&2
	fail 'it could not set up its prefix'
fi
cd prefix

# Wine has copied all DLLs into the prefix. Links to the originals replace the copies.
find drive_c -type f | while read -r file; do
	for dir in $libraries/x86_64-windows $libraries/i386-windows /usr/share/wine/nls /usr/share/wine/fonts; do
		if cmp -s "$file" "$dir/${file##*/}"; then
			ln -sf "$dir/${file##*/}" "$file"
			break
		fi
	done
done
# Once there is a prefix, Wine finds in its own directory only its own DLLs, and zlib's is not one of them.
for dir in x86_64-windows:system32 i386-windows:syswow64; do
	if [ -e "$libraries/${dir%:*}/zlib1.dll" ]; then
		ln -s "$libraries/${dir%:*}/zlib1.dll" "drive_c/windows/${dir#*:}/zlib1.dll"
	fi
done
# The services for devices that come and go and for the log of events start only when a program asks for them (`3`).
# https://learn.microsoft.com/en-us/windows/win32/api/winsvc/nf-winsvc-createservicew
sed -i '/^\[System\\\\[^]]*\\\\Services\\\\\(Eventlog\|NDIS\|PlugPlay\)\]/,/^$/s/^"Start"=.*/"Start"=dword:00000003/' system.reg
# This file names a directory in this machine's /tmp.
rm -f wineserver
# With this, Wine does not check whether the prefix is older than Wine.
echo disable >.update-timestamp
rm -r dosdevices drive_c/users
mkdir -p dosdevices drive_c/users/Public
ln -s ../drive_c dosdevices/c:
ln -s / dosdevices/z:
# All prefixes share the directory of Windows itself, to which programs may not write, as on Windows.
mkdir -p "$to/opt/cross/wine"
mv drive_c/windows "$to/opt/cross/wine"
ln -s /opt/cross/wine/windows drive_c/windows
mkdir -p "$to/opt/cross/wine/windows/temp"
cd ..
mv prefix "$to/opt/cross/wine/prefix"

cd /
rm -rf "$debs"
