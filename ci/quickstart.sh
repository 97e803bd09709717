#!/usr/bin/env bash
# usage: ci/quickstart.sh
#
# From nothing to a program for another machine: makes sure that a container engine answers, builds cross, and lets it build and
# run examples/hello for aarch64. The first run builds the container image, which takes some minutes; later ones take seconds.
set -Eeuo pipefail

cd "$(dirname "$0")/.."
target=${1:-aarch64-unknown-linux-gnu}

# step <what> <command>...: runs it, then says how long it took.
step() {
	local what=$1 start=$SECONDS
	shift
	echo "== $what"
	"$@"
	echo "== $what: $((SECONDS - start)) s"
}
trap 'echo "ci/quickstart.sh: failed at line $LINENO" >&2' ERR

if ! command -v cargo >/dev/null; then
	echo "ci/quickstart.sh: error: no cargo on PATH; install Rust first: https://rustup.rs" >&2
	exit 1
fi
step "container engine" ci/setup.sh
if [ -e target/podman.env ]; then
	# shellcheck source=/dev/null
	. target/podman.env
fi
step "cross" cargo build --release --locked
step "image for $target" target/release/cross-util images build "$target"
cd examples/hello
start=$SECONDS
echo "== hello for $target"
hello=$(../../target/release/cross run --target "$target")
echo "== hello for $target: $((SECONDS - start)) s"
echo "$hello"
