#!/bin/sh
# usage: fetch.sh <directory> [--openssl] [<package>]...
# Downloads into <directory> what does not depend on the row: packages and, with --openssl, OpenSSL's source with Debian's patches,
# unpacked.
set -eu

mkdir -p "$1"
cd "$1"
shift
openssl=
if [ "${1:-}" = --openssl ]; then
	openssl=1
	shift
fi

# Source packages of the base's own release come from the mirrors of its binary packages.
mkdir -p /tmp/apt/sources
if [ -s /etc/apt/sources.list ]; then
	sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >/tmp/apt/sources/cross-base.list
fi
for file in /etc/apt/sources.list.d/*.list; do
	[ -e "$file" ] || continue
	sed -n 's/^deb /deb-src /p' "$file" >"/tmp/apt/sources/cross-${file##*/}"
done
for file in /etc/apt/sources.list.d/*.sources; do
	[ -e "$file" ] || continue
	sed 's/^Types:.*/Types: deb-src/' "$file" >"/tmp/apt/sources/cross-${file##*/}"
done
mv /tmp/apt/sources/* /etc/apt/sources.list.d/

export DEBIAN_FRONTEND=noninteractive
# The user that apt switches to for downloads cannot write to this directory.
echo 'APT::Sandbox::User "root";' >/etc/apt/apt.conf.d/90cross-fetch
apt-get -q update
apt-get -q install -y --no-install-recommends dpkg-dev
[ $# = 0 ] || apt-get -q download "$@"
[ -n "$openssl" ] || exit 0

# A mirror may list an update before it has the files. So the listed versions are tried from the newest to the oldest, with a message for
# each that fails.
for version in $(apt-cache showsrc --only-source openssl | sed -n 's/^Version: //p' | sort -Vru); do
	if apt-get -q source "openssl=$version"; then
		break
	fi
	echo "cross: the mirror lists OpenSSL $version but does not have all of its files; trying the version before" >&2
	rm -rf openssl[-_]*
done
if ! mv openssl-*/ openssl; then
	echo "cross: no source package of OpenSSL could be had from the mirror" >&2
	exit 1
fi
rm -f openssl_*
# Tests and the sources of the manual are two thirds of the files, which every row would copy.
rm -rf openssl/test openssl/demos openssl/.pc
find openssl/doc -name '*.pod*' -delete
