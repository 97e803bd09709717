#!/usr/bin/env bash
# usage: ci/conformance.sh [--times <number>] [--limit <seconds>] [--engine <engine>] <target>...
#
# Compiles tests/conformance for each target and runs its tests many times in a row on all processors, and three times in one thread.
# After each run the same tests run with cargo on this machine, so that other work of the machine affects both. The results are written to
# docs/conformance.json, and from there to the tables of docs/testing.md and README.md. Results of other targets stay, and so do the
# defects that were noted for a target.
#
#   --times     the number of runs on all processors; by default 20
#   --limit     the seconds after which a run counts as hung; by default 300
#   --engine    the container engine; by default sandbox
#
# The standard library is rustup's, or is built with nightly if rustup has none. A toolchain may be named before a target:
# +nightly/x86_64-unknown-linux-gnu. The output of all runs is in <cargo's target directory>/conformance/<target>. If the script is
# interrupted, the results of the target that it was measuring are lost. A test that fails is a result: the exit code is not 0 only if a
# target could not be measured.
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh
# shellcheck source=ci/crates.sh
. ci/crates.sh

record=docs/conformance.json
times=20
limit=300
engine=sandbox
while [[ ${1-} == --* ]]; do
	[ $# -gt 1 ] || fail "$1 needs a value"
	case $1 in
	--times) times=$2 ;;
	--limit) limit=$2 ;;
	--engine) engine=$2 ;;
	*) fail "there is no option $1" ;;
	esac
	shift 2
done
[ $# -gt 0 ] || fail "no target is named"

need jq
cargo build --quiet --locked --bins
cross=$(built debug)/cross
util=$(built debug)/cross-util
work=$(built conformance)
source=$work/source
mkdir -p "$source"
# The build directory is kept. Sources that no longer exist are not.
rm -rf "$source"/{src,tests,benches}
cp -a tests/conformance/. "$source"

# std_for <target> <toolchain>...: sets `toolchain` to the named toolchain or none, or to nightly if that has no standard library for the
# target; and sets `std` to where the standard library comes from.
std_for() {
	local target=$1
	toolchain=("${@:2}")
	std=prebuilt
	rustup target add ${toolchain[@]+--toolchain "${toolchain[0]#+}"} "$target" >/dev/null 2>&1 && return
	std="from source"
	[ ${#toolchain[@]} -gt 0 ] || toolchain=(+nightly)
}

# tests <output> <seconds> <command>...: runs a command that runs tests, and sets `outcome` and `took` (milliseconds).
tests() {
	local output=$1 limit=$2 start=${EPOCHREALTIME/[.,]/} status=0
	shift 2
	(cd "$source" && exec env --unset=CARGO_TARGET_DIR --unset=RUST_TEST_THREADS CARGO_TERM_COLOR=never CROSS_CONTAINER_ENGINE="$engine" RUST_BACKTRACE=0 \
		timeout --kill-after=10 "$limit" "$@") </dev/null >"$output.out" 2>"$output.log" || status=$?
	took=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
	case $status in
	0) outcome=passed ;;
	124 | 137) outcome=hung ;;
	*) outcome=failed ;;
	esac
}

# listed <output>: prints the tests in the output of `--list`, each with the number of its program.
listed() {
	awk 'BEGIN { program = 1 } /^[0-9]+ tests?, [0-9]+ benchmarks?$/ { program++ } sub(/: test$/, "") { print program " " $0 }' "$1" | LC_ALL=C sort
}

# missed <list> <output>: prints the tests that did not pass, of all programs that have started.
missed() {
	local begun
	begun=$(grep -c '^running [0-9]' "$2" || true)
	results "$2" | sed -n 's/\tok$//p' | LC_ALL=C sort | LC_ALL=C comm -23 "$1" - | awk -v begun="$begun" '$1 <= begun { sub(/^[0-9]+ /, ""); print }'
}

# note <target>: adds the target's row to the record, or replaces it.
note() {
	local lock
	lock=$(awk '$2 == "qemu-user" { sub(/^[0-9]+:/, "", $3); sub(/[+-].*/, "", $3); print $3; exit }' toolchains/packages.lock)
	[ -e $record ] || echo '[]' >$record
	jq --tab --slurpfile runs "$place/runs" --rawfile missed "$place/missed" --rawfile list "$place/list" --slurpfile all <("$util" targets --json) --slurpfile matrix docs/matrix.json \
		--arg target "$1" --arg engine "$engine" --arg date "$(date -u +%F)" --arg rustc "$(rustc "${toolchain[@]}" --version)" \
		--arg std "$std" --arg qemu "QEMU $lock" --argjson times "$times" '
		def lines: split("\n") | map(select(. != ""));
		def median: sort | if length == 0 then null else (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2 end;
		def in_seconds: if . == null then null else . / 10 | round / 100 end;
		def of($how; $outcome): $runs | map(select(.how == $how and .outcome == $outcome) | .ms);
		def over($less): if . == null or $less == null then null else . / $less * 10 | round / 10 end;
		(of("all"; "passed") | median | in_seconds) as $seconds
		| (of("one"; "passed") | median | in_seconds) as $one
		| (of("native"; "passed") | median | in_seconds) as $native
		| (of("native-one"; "passed") | median | in_seconds) as $native_one
		| (map(select(.target == $target))[0].defects // []) as $defects
		| map(select(.target != $target)) + [{target: $target, engine: $engine, date: $date, rustc: ($rustc | ltrimstr("rustc ")), std: $std,
			runs_by: ($all[0] | map(select(.triple == $target))[0].runs_by
				| if startswith("qemu-") then $qemu else . as $shown | $matrix[0] | map(select(.target == $target))[0].image.runs_by // $shown end),
			tests: ($list | lines | length), times: $times, passed: (of("all"; "passed") | length), hung: (of("all"; "hung") | length),
			failed_tests: ($missed | lines | group_by(.) | map({test: .[0], times: length})),
			seconds: $seconds, native: $native, ratio: ($seconds | over($native)),
			one_thread: $one, native_one_thread: $native_one, one_thread_ratio: ($one | over($native_one)),
			defects: $defects}] | sort_by(.target)' $record >"$work/record"
	mv "$work/record" $record
	jq -r --arg target "$1" '.[] | select(.target == $target)
		| "   \(.passed) of \(.times) passed, \(.hung) hung, \(.seconds) s, × \(.ratio); in one thread \(.one_thread) s, × \(.one_thread_ratio)",
			(.failed_tests[] | "   \(.test): \(.times)")' $record
}

# run <how> <command>...: runs the tests once and notes the run in `runs`. It has failed if a test did not pass, even if the exit code is
# 0.
run() {
	tests "$place/$1" "$limit" "${@:2}"
	missed "$place/list" "$place/$1.out" >"$place/these"
	[ "$outcome" != passed ] || [ ! -s "$place/these" ] || outcome=failed
	[ "$1" != all ] || cat "$place/these" >>"$place/missed"
	echo "{\"how\": \"$1\", \"outcome\": \"$outcome\", \"ms\": $took}" >>"$place/runs"
	# The output of a run that did not pass is kept.
	[ "$outcome" = passed ] || cp "$place/$1.out" "$place/$1-$outcome-$(wc -l <"$place/runs").out"
}

for named; do
	target=${named##*/}
	named=${named%"$target"}
	std_for "$target" ${named:+"${named%/}"}
	say "$target, $engine, ${toolchain[*]-}${toolchain:+, }standard library $std"
	place=$work/$target
	rm -rf "$place"
	mkdir -p "$place"
	native=(cargo "${toolchain[@]}" test --locked --no-fail-fast --tests --target-dir "$work/native")
	emulated=("$cross" "${toolchain[@]}" test --locked --no-fail-fast --tests --target "$target")
	[ "$std" = prebuilt ] || emulated=(env CROSS_BUILD_BUILD_STD=true "${emulated[@]}")
	for what in native emulated; do
		declare -n command=$what
		tests "$place/compile" 1800 "${command[@]}" --no-run
		[ "$outcome" = passed ] || { tail -n 20 "$place/compile.log" >&2 && fail "$target: cannot be compiled, see $place/compile.log"; }
	done
	tests "$place/list" "$limit" "${emulated[@]}" -- --list
	listed "$place/list.out" >"$place/every"
	tests "$place/ignored" "$limit" "${emulated[@]}" -- --list --ignored
	listed "$place/ignored.out" | LC_ALL=C comm -23 "$place/every" - >"$place/list"
	[ -s "$place/list" ] || fail "$target: there are no tests, see $place/list.log"
	# Cargo runs the same tests as cross, because some targets have fewer tests than this machine.
	mapfile -t native_tests < <(sed 's/^[0-9]* //' "$place/list")
	native+=(-- --exact "${native_tests[@]}")
	: >"$place/missed"
	for _ in $(seq "$times"); do
		run all "${emulated[@]}"
		run native "${native[@]}"
	done
	for _ in 1 2 3; do
		run one env RUST_TEST_THREADS=1 "${emulated[@]}"
		run native-one env RUST_TEST_THREADS=1 "${native[@]}"
	done
	note "$target"
done
CROSS_UPDATE_DOCS=1 cargo test --quiet --locked --lib docs >/dev/null
