#!/usr/bin/env bash
# usage: ci/suites.sh [--engine <engine>] [--crate <name>]... <target>...
#
# Runs the test suites of published crates, with cargo on this machine and with cross for each target, and writes what ended
# differently to docs/suites.json, and from there the table of docs/testing.md. Results of other targets and crates stay.
#
#   --engine    the container engine: sandbox, unless named
#   --crate     this crate alone
#
# A target may have a toolchain before it: +nightly/mips64-unknown-linux-gnuabi64. What was said is in
# <cargo's target directory>/suites/<engine>/<target>/<crate>.log and .out.
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh

# Crates whose archives hold their tests and the lock file that these were tried with: name, version, features.
suites() {
	cat <<-END
		assert_cmd 2.2.2
		async-process 2.5.0
		duct 1.1.2
		filetime 0.2.29
		jobserver 0.1.35
		nix 0.32.0 --all-features
		notify 8.2.2
		os_pipe 1.2.3
		parking_lot 0.13.0
		polling 3.11.0
		shared_child 1.1.2
		signal-hook 0.3.18
		socket2 0.6.5 --all-features
		subprocess 1.2.3
		tempfile 3.27.0
		walkdir 2.5.1
	END
}
# A suite that has not ended by then hangs, in seconds.
limit=1200
record=docs/suites.json
page=docs/testing.md

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
mkdir -p "$work/source"

# source_of <crate> <version>: the directory of the unpacked archive, which cargo fetches and checks.
source_of() {
	local directory=$work/source/$1-$2 archives
	if [ ! -d "$directory" ]; then
		mkdir -p "$work/fetch/src"
		touch "$work/fetch/src/lib.rs"
		printf '[package]\nname = "fetch"\nedition = "2021"\n[workspace]\n[dependencies]\n%s = "=%s"\n' "$1" "$2" >"$work/fetch/Cargo.toml"
		rm -f "$work/fetch/Cargo.lock"
		cargo fetch --quiet --manifest-path "$work/fetch/Cargo.toml"
		archives=("${CARGO_HOME:-$HOME/.cargo}"/registry/cache/*/"$1-$2.crate")
		tar -x --no-same-owner -C "$work/source" -f "${archives[0]}"
		# It is no member of the workspace that it stands in.
		printf '\n[workspace]\n' >>"$directory/Cargo.toml"
	fi
	echo "$directory"
}

# results <output>: a line for each test, with the number of its program, its name and how it ended. Programs of cargo's and of cross' runs come
# in the same order.
results() {
	awk '/^running [0-9]+ tests?$/ { program++ }
		match($0, /^test .* \.\.\. (ok|FAILED|ignored)/) {
			split(substr($0, 1, RLENGTH), part, / \.\.\. /)
			# Behind what a child has written to the same line.
			sub(/.*test /, "", part[1])
			print program " " part[1] "\t" part[2]
		}' "$1" | LC_ALL=C sort -u
}

# run_suite <crate> <version> <place> <command>...: what it says is in <place>: a log, and the output of tests. Standard input is empty, and standard output a pipe,
# with cargo as with cross: some tests look at both.
run_suite() {
	local crate=$1 directory place=$work/$3
	directory=$(source_of "$1" "$2")
	shift 3
	mkdir -p "$place"
	# Tests fail: that is what is looked for.
	(cd "$directory" && env --unset=CARGO_TARGET_DIR CARGO_TERM_COLOR=never CROSS_CONTAINER_ENGINE="$engine" \
		timeout "$limit" "$@" </dev/null 2>"$place/$crate.log" | cat) >"$place/$crate.out" || true
	if [ -z "$(results "$place/$crate.out")" ]; then
		tail -n 5 "$place/$crate.log" >&2
		fail "no test of $crate has run; the whole log is $place/$crate.log"
	fi
}

# summary <output>: the numbers of tests, and of programs that did not come to their end, as JSON.
summary() {
	jq -nR --argjson unfinished "$(awk '/^running [0-9]+ tests?$/ { n++ } /^test result: / { n-- } END { print n + 0 }' "$1")" \
		'[inputs / "\t" | .[1]] | {passed: map(select(. == "ok")) | length, failed: map(select(. == "FAILED")) | length,
		ignored: map(select(. == "ignored")) | length, unfinished: $unfinished}' < <(results "$1")
}

# different <output> <output>: a JSON list of the tests that did not end alike. Some are only for certain machines, and absent elsewhere.
different() {
	LC_ALL=C join -t $'\t' -a 1 -a 2 -e absent -o 0,1.2,2.2 <(results "$1") <(results "$2") |
		jq -nR '[inputs / "\t" | select(.[1] != .[2]) | {test: (.[0] | sub("^[0-9]+ "; "")), native: .[1], emulated: .[2]}]'
}

# note <crate> <version> <features> <target>: adds a row to the record, or changes it.
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

# The table of the page.
{
	sed '/^<!-- suites:/q' $page
	echo
	jq -r '(map({target, engine}) | unique) as $columns
		| "| crate | with cargo | \($columns | map("\(.target | split("-")[0]), \(.engine)") | join(" | ")) |",
			"|---|---|\($columns | map("---|") | join(""))",
			(group_by(.crate)[] | . as $rows | "| `\(.[0].crate)` \(.[0].version) | \(.[0].native | "\(.passed)" + if .failed > 0 then ", \(.failed) fail" else "" end) | \(
				$columns | map(. as $column | [$rows[] | select({target, engine} == $column)][0] | if . == null then "–" else
					(.different | map(select(.native != "absent" and .emulated != "absent")) | length) as $different
					| "\(.emulated.passed)" + (if $different > 0 then ", \($different) differ" else "" end)
						+ if .emulated.unfinished > 0 then ", \(.emulated.unfinished) without an end" else "" end
					end) | join(" | ")) |")' $record
	echo
	sed -n '/^<!-- \/suites -->/,$p' $page
} >"$work/page"
mv "$work/page" $page
