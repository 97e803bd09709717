#!/bin/sh
# usage: zig.sh <directory>
# Downloads Zig from the index of Python's packages and unpacks what is needed of it: the program, which contains clang, lld and LLVM's
# tools; clang's own headers; and the files from which several families make their systems' libraries.
set -eu

mkdir -p "$1"
cd "$1"

export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends python3-pip
cat >/tmp/requirements.txt <<'END'
ziglang==0.17.1 --hash=sha256:ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54
END
# pip trusts this machine's certificates here rather than its own list.
if ! pip --cert /etc/ssl/certs/ca-certificates.crt --disable-pip-version-check download -q --no-cache-dir --no-deps --require-hashes \
	--only-binary :all: -r /tmp/requirements.txt -d /tmp/packages; then
	echo "cross: the package ziglang 0.17.1 could not be had from the index of Python's packages (pip's message above says why)" >&2
	exit 1
fi
unzip -q /tmp/packages/ziglang-*.whl -d /tmp/packages
mv /tmp/packages/ziglang/* .
# The headers and sources of other systems and Zig's documentation are not needed.
for name in lib/libc/* lib/libc/include/*; do
	case ${name##*/} in
	freebsd | include | mingw | netbsd | *-freebsd | *-freebsd-* | *-netbsd | *-netbsd-* | *-windows-*) ;;
	*) rm -rf "$name" ;;
	esac
done
rm -rf /tmp/packages lib/docs lib/libtsan lib/lldb
