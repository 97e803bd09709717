#!/usr/bin/env bash
# usage: ci/suites.sh [--engine <engine>] [--crate <name>]... <target>...
#
# Runs the test suites of published crates with cargo on this machine, and with cross for each target. Writes the tests with different
# results to docs/suites.json, and from there to the table of docs/testing.md. Results of other targets and crates stay.
#
#   --engine    the container engine; by default sandbox
#   --crate     only this crate; may be repeated
#
# A toolchain may be named before a target: +nightly/mips64-unknown-linux-gnuabi64. The output is in
# <cargo's target directory>/suites/<engine>/<target>/<crate>.log and .out.
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh
# shellcheck source=ci/crates.sh
. ci/crates.sh

# the seconds after which a suite counts as hung
limit=1200
record=docs/suites.json

engine=sandbox
only=()
while [[ ${1-} == --* ]]; do
	case $1 in
	--engine) engine=$2 ;;
	--crate) only+=("$2") ;;
	*) fail "there is no option $1" ;;
	esac
	shift 2
done
[ $# -gt 0 ] || fail "no target is named"

need jq
cargo build --quiet --locked --bins
cross=$(built debug)/cross
work=$(built suites)

# run_suite <crate> <version> <place> <command>...: runs a suite, and writes a log and the output of the tests to <place>. Standard input
# is empty and standard output is a pipe, both with cargo and with cross, because some tests check that.
run_suite() {
	local crate=$1 directory place=$work/$3
	directory=$(source_of "$1" "$2" "$work")
	shift 3
	mkdir -p "$place"
	# Failing tests are no errors here. They are what this script looks for.
	(cd "$directory" && env --unset=CARGO_TARGET_DIR CARGO_TERM_COLOR=never CROSS_CONTAINER_ENGINE="$engine" \
		timeout "$limit" "$@" </dev/null 2>"$place/$crate.log" | cat) >"$place/$crate.out" || true
	if [ -z "$(results "$place/$crate.out")" ]; then
		tail -n 5 "$place/$crate.log" >&2
		fail "no test of $crate has run; the whole log is $place/$crate.log"
	fi
}

# summary <output>: prints the numbers of tests by result, and of programs that did not run to their end, as JSON.
summary() {
	jq -nR --argjson unfinished "$(awk '/^running [0-9]+ tests?$/ { n++ } /^test result: / { n-- } END { print n + 0 }' "$1")" \
		'[inputs / "\t" | .[1]] | {passed: map(select(. == "ok")) | length, failed: map(select(. == "FAILED")) | length,
		ignored: map(select(. == "ignored")) | length, unfinished: $unfinished}' < <(results "$1")
}

# different <output> <output>: prints a JSON list of the tests with different results. Tests that are only for certain machines are
# `absent` in one of the two.
different() {
	LC_ALL=C join -t $'\t' -a 1 -a 2 -e absent -o 0,1.2,2.2 <(results "$1") <(results "$2") |
		jq -nR '[inputs / "\t" | select(.[1] != .[2]) | {test: (.[0] | sub("^[0-9]+ "; "")), native: .[1], emulated: .[2]}]'
}

# note <crate> <version> <features> <target>: adds a row to the record, or replaces it.
note() {
	local native=$work/native/host/$1.out emulated=$work/$engine/$4/$1.out
	[ -e $record ] || echo '[]' >$record
	jq --tab --arg crate "$1" --arg version "$2" --arg features "$3" --arg target "$4" --arg engine "$engine" --arg date "$(date -u +%F)" \
		--argjson native "$(summary "$native")" --argjson emulated "$(summary "$emulated")" \
		--argjson different "$(different "$native" "$emulated")" \
		'map(select([.crate, .target, .engine] != [$crate, $target, $engine])) + [{crate: $crate, version: $version, features: $features,
			target: $target, engine: $engine, date: $date, native: $native, emulated: $emulated, different: $different}]
			| sort_by(.crate, .target, .engine)' $record >"$work/record"
	mv "$work/record" $record
	jq -r '.[] | "   \(.test): \(.native), \(.emulated)"' <<<"$(different "$native" "$emulated")"
}

for named; do
	target=${named##*/}
	toolchain=()
	[ "$named" = "$target" ] || toolchain=("${named%/*}")
	while read -r crate version features; do
		[ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $crate "* ]] || continue
		test=(test --locked --no-fail-fast --tests)
		[ -z "$features" ] || test+=("$features")
		if [ ! -e "$work/native/host/$crate.out" ]; then
			run_suite "$crate" "$version" native/host cargo "${test[@]}"
		fi
		say "$crate $version: $target, $engine"
		run_suite "$crate" "$version" "$engine/$target" "$cross" "${toolchain[@]}" "${test[@]}" --target "$target"
		note "$crate" "$version" "$features" "$target"
	done < <(suites)
done

CROSS_UPDATE_DOCS=1 cargo test --quiet --locked --lib docs >/dev/null
