#!/usr/bin/env bash
# usage: ci/bench.sh [--first] [--svg <file>] [target]
#        ci/bench.sh --tests [target]
#
# Measures the time that cross takes to start, all in one run. The first part is a build with nothing to do: by cargo, by cross with each
# engine that works on this machine, and by cross with an engine that does nothing. The second part is the start of each engine, with a
# program that does nothing. Prints a table with each time as a multiple of cargo's, then whether the built-in engine keeps its budgets,
# and a list of what could not be measured. The exit code is 0 whatever the times are, because timings are no tests; it is another if a
# command fails.
#
#   --first        also measures the time from an empty cache to the first program, with the engines that keep everything in cross's cache,
#                  and with cargo-zigbuild. Takes some minutes
#   --svg <file>   also draws the table. docs/start-up.svg is made with this option and --first
#   --tests        only measures test suites, that of tests/conformance and those of published crates: by cargo, by cross on all
#                  processors, and by cross in one thread. The engine is the one that cross chooses, or CROSS_CONTAINER_ENGINE. Takes some
#                  minutes
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh
# shellcheck source=ci/crates.sh
. ci/crates.sh

# Crates of ci/suites.sh whose tests pass and take a while.
heavy=(subprocess tempfile)

first=""
svg=""
tests=""
while [ $# -gt 0 ]; do
	case $1 in
	--first) first=1 ;;
	--tests) tests=1 ;;
	--svg)
		[ $# -gt 1 ] || fail "--svg needs the name of a file"
		svg=$(realpath "$2")
		shift
		;;
	-*) fail "there is no option '$1'" ;;
	*) break ;;
	esac
	shift
done
target=${1:-aarch64-unknown-linux-gnu}
picture=$PWD/ci/picture.py
fixtures=$PWD/tests/fixtures
conformance=$PWD/tests/conformance
[ -n "$tests" ] || need hyperfine
use_podman_env

cargo build --quiet --release --locked
programs=$(built release)
suites=$(built suites)
unset CARGO_TARGET_DIR
cross=$programs/cross
util=$programs/cross-util
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# milliseconds <command>...: prints how long the command takes.
milliseconds() {
	local start=${EPOCHREALTIME/[.,]/}
	"$@" >"$work/log" 2>&1 </dev/null || {
		cat "$work/log" >&2
		return 1
	}
	echo $(((${EPOCHREALTIME/[.,]/} - start) / 1000))
}
# seconds <command>...: prints how long the command takes, in seconds.
seconds() {
	local ms
	ms=$(milliseconds "$@") || return 1
	echo "$((ms / 1000)).$((ms % 1000 / 100))"
}

# bench_suite <name> <directory> <feature>...: prints one row with the medians of three runs each. The ways to run the tests take turns,
# so that other work of the machine affects all of them.
bench_suite() {
	local name=$1 way round
	local -A ways=([native]="cargo" [all]="$cross" [one]="env RUST_TEST_THREADS=1 $cross")
	cd "$2"
	shift 2
	rm -f "$work"/times.*
	for round in compile 1 2 3; do
		for way in native all one; do
			local command=() end=()
			read -ra command <<<"${ways[$way]}"
			[ "$way" = native ] || end+=(--target "$target")
			[ $round != compile ] || end+=(--no-run)
			milliseconds "${command[@]}" test --locked --tests "$@" "${end[@]}" >"$work/time" || return 1
			[ $round = compile ] || cat "$work/time" >>"$work/times.$way"
		done
	done
	for way in native all one; do
		sort -n "$work/times.$way" | sed -n 2p
	done | awk -v name="$name" '{ t[NR] = $1 / 1000 }
		END { printf "| `%s` | %.1f s | %.1f s | %.1f | %.1f s | %.1f |\n", name, t[1], t[2], t[2] / t[1], t[3], t[3] / t[1] }'
}

if [ -n "$tests" ]; then
	unset RUST_TEST_THREADS
	cp -r "$conformance" "$work/conformance"
	rm -rf "$work/conformance/target"
	echo "| tests | by cargo | by cross | × cargo | by cross in one thread | × cargo |"
	echo "|---|---:|---:|---:|---:|---:|"
	bench_suite conformance "$work/conformance"
	for crate in "${heavy[@]}"; do
		read -r version features < <(suites | sed -n "s/^$crate //p")
		directory=$(source_of "$crate" "$version" "$suites")
		bench_suite "$crate" "$directory" ${features:+"$features"}
	done
	exit
fi

cp -r examples/hello "$work/hello"
rm -rf "$work/hello/target"
cd "$work/hello"
cargo build --quiet

benches=(--command-name "cargo build" "cargo build")
missing=()

# works <engine>: succeeds if the engine works on this machine.
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

# A stub of the first client engine, with its name: it starts no containers, and passes all other commands on to the engine.
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
# The command that cross itself becomes with the built-in engine, without the program at its end.
words=
if works sandbox; then
	words=$(env CROSS_CONTAINER_ENGINE=sandbox "$cross" build --verbose --target "$target" 2>&1 |
		sed -n 's/^ *Running .\(.* __sandbox .*\) -- [^ ]*cargo .*/\1/p')
fi
if [ -n "$words" ]; then
	benches+=(--command-name "cross __sandbox … true" "$words -- true")
else
	missing+=("cross __sandbox … true: cross shows no such command")
fi
for engine in "${others[@]}"; do
	image=$("$util" --engine "$engine" images list | awk -v target="$target" '$1 == target && / current/ { print $2; exit }')
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

# The time until there is a program, for two crates: one without, and one with C, C++ and OpenSSL. All ways are measured in one run.
# Crates are fetched beforehand. These engines keep everything in cross's cache, so with another cache directory they start from nothing.
# The second crate fails if a way to build lacks what it needs: OpenSSL or CMake on the machine, or OpenSSL for the target.
if [ -n "$first" ]; then
	: >"$work/first"
	cp -r "$fixtures/native" "$work/native"
	# row <what> <command>...: writes a row of results, for both crates.
	row() {
		local what=$1 crate time
		shift
		printf '%s' "$what" >>"$work/first"
		for crate in hello native; do
			rm -rf "$work/$crate/target"
			time=$(cd "$work/$crate" && seconds "$@") || time=-
			printf '\t%s' "$time" >>"$work/first"
			rm -rf "$work/anew"
		done
		echo >>"$work/first"
	}
	(cd "$work/native" && cargo fetch --quiet --locked)
	row "cargo build" cargo build
	for engine in host sandbox; do
		row "cross build with $engine, nothing there" env XDG_CACHE_HOME="$work/anew" CROSS_CONTAINER_ENGINE=$engine "$cross" build --target "$target"
	done
	for engine in host sandbox; do
		env CROSS_CONTAINER_ENGINE=$engine "$cross" build --quiet --target "$target" >/dev/null 2>&1
		row "cross build with $engine, all there" env CROSS_CONTAINER_ENGINE=$engine "$cross" build --target "$target"
	done
	zigbuild() {
		venv_with "$work/anew/zig" cargo-zigbuild &&
			env PATH="$work/anew/zig/bin:$PATH" ZIG_GLOBAL_CACHE_DIR="$work/anew/cache" XDG_CACHE_HOME="$work/anew/cache" \
				cargo zigbuild --target "$target"
	}
	row "cargo-zigbuild, its installation from PyPI included" zigbuild
	printf '\n| first program | hello | with C, C++ and OpenSSL |\n|---|---:|---:|\n'
	sed -e 's/\t\([0-9][0-9.]*\)/ | \1 s/g' -e 's/\t-/ | fails/g' -e 's/.*/| & |/' "$work/first"
fi

if [ -n "$svg" ]; then
	awk -F, '$1 ~ /^(cargo build$|cross build with )/ { printf "%s\t%.0f\tms\n", $1, $4 * 1000 }' "$work/times.csv" >"$work/start"
	arguments=(bars "$svg" "A build with nothing to do" "$work/start")
	if [ -n "$first" ]; then
		awk -F '\t' '$1 ~ /^(cargo build|cross build with )/ { printf "%s\t%s\ts\n", $1, $2 }' "$work/first" >"$work/programs"
		arguments+=("The first program" "$work/programs")
	fi
	"$picture" "${arguments[@]}"
fi
