#!/usr/bin/env bash
# usage: ci/quickstart.sh [target]
#
# From nothing to a program for another machine: installs what is missing, builds cross, and lets it build and run examples/hello
# for aarch64, or the target that is named. The first run builds the target's image, which takes half a minute to a few minutes; later ones take
# seconds. The seconds of each part stand in a table at the end.
#
# Needs no Docker: cross's built-in engine does it, unless CROSS_CONTAINER_ENGINE names another. Needs root, by sudo, only for
# a package that is missing: a C linker.
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh
target=${1:-aarch64-unknown-linux-gnu}
programs=$(built release)
CARGO_TARGET_DIR=$(dirname "$programs")
export CARGO_TARGET_DIR
export CROSS_CONTAINER_ENGINE=${CROSS_CONTAINER_ENGINE:-sandbox}
table=

# In thousandths of a second, for any locale.
now() {
	local time=${EPOCHREALTIME/[.,]/}
	echo $((time / 1000))
}
# row <what> <start>: adds to the table what took from then until now, and says it.
row() {
	local ms=$(($(now) - $2))
	table+=$(printf '%-40s %5d.%d s' "$1" $((ms / 1000)) $((ms % 1000 / 100)))$'\n'
	say "$1: $((ms / 1000)).$((ms % 1000 / 100)) s"
}
# step <what> <command>...: runs it, then says how long it took.
step() {
	local what=$1 start
	start=$(now)
	shift
	say "$what"
	"$@"
	row "$what" "$start"
}
set_up() {
	if [ "$CROSS_CONTAINER_ENGINE" = sandbox ]; then
		ci/setup.sh --sandbox
	else
		ci/setup.sh
	fi
	# Rust's own linker is a C compiler.
	command -v cc >/dev/null || ci/setup.sh --linker
}
hello() {
	cd examples/hello
	"$programs/cross" run --target "$target"
}

command -v cargo >/dev/null || fail "no cargo on PATH; install Rust first: https://rustup.rs"
start=$(now)
step "set-up" set_up
if [ "$CROSS_CONTAINER_ENGINE" != sandbox ]; then
	use_podman_env
fi
step "cross" cargo build --release --locked
step "image for $target" "$programs/cross-util" images build "$target"
step "hello for $target" hello
row "all" "$start" >/dev/null
printf '\n%s' "$table"
