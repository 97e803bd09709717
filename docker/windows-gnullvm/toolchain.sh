#!/bin/sh
# Installs the libraries of this machine that lld and LLVM's tools need, and those of Wine if the row has a RUNNER.
set -eu

: "${TRIPLE:?}"

export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends libedit2 libffi8 libxml2 libz3-4 || {
	echo "cross: $TRIPLE: a package that this target needs is not in the mirror (apt's message above says which)" >&2
	exit 1
}
if [ -n "${RUNNER:-}" ]; then
	# shellcheck source=docker/windows-gnu/wine-libraries.sh
	. "$(dirname "$0")/wine-libraries.sh"
fi
sh /opt/cross/libexec/clean.sh
