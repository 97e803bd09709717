#!/usr/bin/env bash
# usage: ci/quickstart.sh [target]
#
# Goes from nothing to a program for another machine: installs what is missing, builds cross, and builds and runs examples/hello for a
# target, by default aarch64. The first run builds the target's image, which takes half a minute to a few minutes. Later runs take
# seconds. A table at the end has the seconds of each part.
#
# Needs no Docker: the engine is cross's built-in one unless CROSS_CONTAINER_ENGINE names another. Root's rights, by sudo, are only needed
# to install a C linker if there is none.
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

# Prints the time in milliseconds. The decimal separator depends on the locale.
now() {
	local time=${EPOCHREALTIME/[.,]/}
	echo $((time / 1000))
}
# row <what> <start>: adds a row to the table with the time from <start> until now, and prints it.
row() {
	local ms=$(($(now) - $2))
	table+=$(printf '%-40s %5d.%d s' "$1" $((ms / 1000)) $((ms % 1000 / 100)))$'\n'
	say "$1: $((ms / 1000)).$((ms % 1000 / 100)) s"
}
# step <what> <command>...: runs a command, then prints how long it took.
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
