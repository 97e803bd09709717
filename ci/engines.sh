#!/usr/bin/env bash
# usage: ci/engines.sh [argument for the test runner]...
#
# All tests, those with real engines among them, with the set-up that they need (Debian and Ubuntu; root, or sudo, for what is
# missing). A name selects tests: `ci/engines.sh sandbox::`. The last lines are the test runner's own summary.
#
#   CROSS_TEST_PODMAN_BUILD=…   targets whose images podman builds itself instead of taking docker's; aarch64 unless set
#   CROSS_TEST_REQUIRE=…        engines that must not be missing; docker, podman and sandbox unless set
#   CROSS_TEST_PLUGINS=…        a directory with cargo-nextest and cargo-llvm-cov; they come from PyPI unless set
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh

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

# Root's tests also run the engines as somebody without root's rights, who needs ids to map into containers.
setup_account() {
	# It has a copy of the toolchain, to which nothing can be added.
	if command -v rustup >/dev/null; then
		rustup --quiet target add aarch64-unknown-linux-gnu thumbv7em-none-eabihf wasm32-wasip1 ||
			say "SKIPPED standard libraries of other targets: rustup cannot add them"
	fi
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
use_podman_env
if [ "$(id -u)" -eq 0 ]; then
	setup_account
	setup_rootless_docker
fi
if [ -z "${CROSS_TEST_PLUGINS-}" ]; then
	setup_plugins
fi
setup_registry
if docker info >/dev/null 2>&1; then
	setup_debian
fi

say "tests"
# Outside a terminal of the runner's own the backtraces of failed tests would bury what they say.
export CROSS_TEST_PODMAN_BUILD=${CROSS_TEST_PODMAN_BUILD-aarch64-unknown-linux-gnu}
export RUST_BACKTRACE=0 CROSS_TEST_REQUIRE=${CROSS_TEST_REQUIRE-docker,podman,sandbox}
cargo test --quiet --locked --no-run
# What is asked of programs under emulation holds without cross.
cargo test --quiet --locked --manifest-path tests/conformance/Cargo.toml --target-dir target/conformance
# What needs root, or more than every machine has, is ignored elsewhere.
also=()
[ "$(id -u)" -ne 0 ] || also=(--include-ignored)
cargo test --locked --lib --bins --test cli -- "${also[@]}" "$@"
exec cargo test --locked --test engine -- "$@"
