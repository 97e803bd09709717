#!/usr/bin/env bash
# usage: ci/bench.sh [target]
#
# What starting cross costs: a build with nothing to do, by cargo, by cross with each engine that answers, and by cross alone, with
# an engine that does nothing. All in one run on one machine, as a table with each time as a multiple of cargo's.
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
cross=$PWD/target/release/cross
util=$PWD/target/release/cross-util
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r examples/hello "$work/hello"
rm -rf "$work/hello/target"
cd "$work/hello"
cargo build --quiet

benches=(--command-name "cargo build" "cargo build")
engines=()
for engine in docker podman; do
	if "$engine" info >/dev/null 2>&1; then
		engines+=("$engine")
		"$util" --quiet --engine "$engine" images build "$target"
		env CROSS_CONTAINER_ENGINE="$engine" "$cross" build --quiet --target "$target"
		benches+=(--command-name "cross build with $engine"
			"env CROSS_CONTAINER_ENGINE=$engine $cross build --target $target")
	fi
done
if [ ${#engines[@]} -eq 0 ]; then
	echo "ci/bench.sh: error: no engine answers; see ci/setup.sh" >&2
	exit 1
fi

# The first engine under its own name, except that containers end before they begin.
engine=${engines[0]}
real=$(command -v "$engine")
mkdir "$work/stub"
cat >"$work/stub/$engine" <<END
#!/bin/sh
case \$1 in
run) exit 0 ;;
esac
exec $real "\$@"
END
chmod +x "$work/stub/$engine"
benches+=(--command-name "cross build without the container"
	"env CROSS_CONTAINER_ENGINE=$work/stub/$engine $cross build --target $target")

image=$("$util" --engine "$engine" images list | awk -v target="$target" '$1 == target { print $2 }')
benches+=(--command-name "$engine run --rm --network=host … true" "$engine run --rm --network=host $image true")

hyperfine --shell=none --warmup 3 --min-runs 20 --style basic --export-csv "$work/times.csv" "${benches[@]}" >"$work/log" 2>&1 || {
	cat "$work/log" >&2
	exit 1
}
awk -F, '
	NR == 1 { print "| no-op build | median | min | × cargo |"; print "|---|---:|---:|---:|" }
	NR == 2 { cargo = $4 }
	NR > 1 { printf "| %s | %.0f ms | %.0f ms | %.1f |\n", $1, $4 * 1000, $7 * 1000, $4 / cargo }
' "$work/times.csv"
