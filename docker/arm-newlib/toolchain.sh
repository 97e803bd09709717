#!/bin/sh
# Installs QEMU, binutils, and the libraries that GCC's programs need.
set -eu

: "${TRIPLE:?}"

export DEBIAN_FRONTEND=noninteractive
apt-get -q update
# QEMU's firmware, sounds and 64-bit machines are left out, because microcontrollers need none of them.
apt-get -q install -y --no-install-recommends \
	-o Dpkg::Options::='--path-exclude=/usr/share/qemu/*' \
	-o Dpkg::Options::='--path-exclude=/usr/share/alsa/*' \
	-o Dpkg::Options::='--path-exclude=/usr/bin/qemu-system-aarch64' \
	binutils-arm-none-eabi libgmp10 libisl23 libmpc3 libmpfr6 qemu-system-arm || {
	echo "cross: $TRIPLE: a package that this target needs is not in the mirror (apt's message above says which)" >&2
	exit 1
}
sh /opt/cross/libexec/clean.sh
