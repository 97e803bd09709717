# shellcheck shell=bash
# Functions that ci/suites.sh, ci/conformance.sh and ci/bench.sh share: a list of crates with tests, and the results of tests.

# Published crates whose archives contain their tests and a lock file with which the tests were tried: name, version, features.
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

# source_of <crate> <version> <directory>: prints the path of the crate's source below <directory>. cargo fetches and checks the archive.
source_of() {
	local work=$3 directory=$3/source/$1-$2 archives
	if [ ! -d "$directory" ]; then
		mkdir -p "$work/fetch/src" "$work/source"
		touch "$work/fetch/src/lib.rs"
		printf '[package]\nname = "fetch"\nedition = "2021"\n[workspace]\n[dependencies]\n%s = "=%s"\n' "$1" "$2" >"$work/fetch/Cargo.toml"
		rm -f "$work/fetch/Cargo.lock"
		cargo fetch --quiet --manifest-path "$work/fetch/Cargo.toml"
		archives=("${CARGO_HOME:-$HOME/.cargo}"/registry/cache/*/"$1-$2.crate")
		tar -x --no-same-owner -C "$work/source" -f "${archives[0]}"
		# The crate must not become a member of a workspace above it.
		printf '\n[workspace]\n' >>"$directory/Cargo.toml"
	fi
	echo "$directory"
}

# results <output>: prints a line for each test, with the number of its program, its name and its result. cargo and cross run the programs
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
