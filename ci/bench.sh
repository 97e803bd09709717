#!/usr/bin/env bash
# usage: ci/bench.sh [target]
#
# What starting cross costs: a build with nothing to do, by cargo, by cross with each engine that works here, and by cross alone,
# with an engine that does nothing; then what the engines' own start costs, with a program that does nothing. All in one run on
# one machine, as a table with each time as a multiple of cargo's; then the budgets of the built-in engine, kept or not, and
# what could not be measured. Only where something fails is the exit code not 0: timings are no tests.
set -Eeuo pipefail

cd "$(dirname "$0")/.."
target=${1:-aarch64-unknown-linux-gnu}
trap 'echo "ci/bench.sh: failed at line $LINENO" >&2' ERR

as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}
if ! command -v hyperfine >/dev/null; then
	as_root apt-get -qq update
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends hyperfine >/dev/null
fi
if [ -e target/podman.env ]; then
	# shellcheck source=/dev/null
	. target/podman.env
fi

cargo build --quiet --release --locked
built=$(realpath -m "${CARGO_TARGET_DIR:-target}")/release
unset CARGO_TARGET_DIR
cross=$built/cross
util=$built/cross-util
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r examples/hello "$work/hello"
rm -rf "$work/hello/target"
cd "$work/hello"
cargo build --quiet

benches=(--command-name "cargo build" "cargo build")
missing=()

# works <engine>: whether it does here.
works() {
	case $1 in
	sandbox) "$cross" __sandbox --as-root -- true ;;
	*) "$1" info ;;
	esac >/dev/null 2>&1
}
others=()
for engine in sandbox docker podman; do
	if ! works "$engine"; then
		missing+=("cross build with $engine: it does not work here")
		continue
	fi
	"$util" --quiet --engine "$engine" images build "$target"
	if ! env CROSS_CONTAINER_ENGINE="$engine" "$cross" build --quiet --target "$target" 2>"$work/why"; then
		missing+=("cross build with $engine: $(head -n 1 "$work/why")")
		continue
	fi
	[ "$engine" = sandbox ] || others+=("$engine")
	benches+=(--command-name "cross build with $engine"
		"env CROSS_CONTAINER_ENGINE=$engine $cross build --target $target")
done

# The first engine under its own name, except that containers end before they begin.
if [ ${#others[@]} -gt 0 ]; then
	engine=${others[0]}
	real=$(command -v "$engine")
	mkdir "$work/stub"
	cat >"$work/stub/$engine" <<-END
		#!/bin/sh
		case \$1 in
		run) exit 0 ;;
		esac
		exec $real "\$@"
	END
	chmod +x "$work/stub/$engine"
	benches+=(--command-name "cross build without the container"
		"env CROSS_CONTAINER_ENGINE=$work/stub/$engine $cross build --target $target")
else
	missing+=("cross build without the container: there is neither docker nor podman to leave it out of")
fi

benches+=(--command-name "true" "true")
# The command that cross itself becomes, with another program at its end.
words=
if works sandbox; then
	words=$(env CROSS_CONTAINER_ENGINE=sandbox "$cross" build --verbose --target "$target" 2>&1 |
		sed -n 's/^ *Running .\(.* __sandbox .*\) -- cargo .*/\1/p')
fi
if [ -n "$words" ]; then
	benches+=(--command-name "cross __sandbox … true" "$words -- true")
else
	missing+=("cross __sandbox … true: cross shows no such command")
fi
for engine in "${others[@]}"; do
	image=$("$util" --engine "$engine" images list | awk -v target="$target" '$1 == target { print $2 }')
	benches+=(--command-name "$engine run --rm --network=host … true" "$engine run --rm --network=host $image true")
done

hyperfine --shell=none --warmup 3 --min-runs 20 --style basic --export-csv "$work/times.csv" "${benches[@]}" >"$work/log" 2>&1 || {
	cat "$work/log" >&2
	exit 1
}
awk -F, '
	function budget(what, has, allowed, unit) {
		printf "| %s | %s%s | %.1f%s | %s |\n", what, allowed, unit, has, unit, has <= allowed ? "kept" : "exceeded"
	}
	NR == 1 { print "| no-op build, or start | median | min | × cargo |"; print "|---|---:|---:|---:|"; next }
	{ median[$1] = $4 * 1000; printf "| %s | %.1f ms | %.1f ms | %.2f |\n", $1, $4 * 1000, $7 * 1000, $4 * 1000 / median["cargo build"] }
	END {
		print ""; print "| budget of the built-in engine | at most | measured | |"; print "|---|---:|---:|---|"
		if ("cross __sandbox … true" in median)
			budget("set-up: `cross __sandbox … true` less `true`", median["cross __sandbox … true"] - median["true"], 8, " ms")
		if ("cross build with sandbox" in median)
			budget("no-op `cross build`, × cargo", median["cross build with sandbox"] / median["cargo build"], 1.3, "")
	}
' "$work/times.csv"
for what in "${missing[@]}"; do
	echo "not measured: $what"
done
