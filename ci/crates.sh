# shellcheck shell=bash
# What ci/suites.sh, ci/conformance.sh and ci/bench.sh share: crates with tests, and how these ended.

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

# source_of <crate> <version> <directory>: the directory of the archive, which cargo fetches and checks, unpacked below the directory.
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
		# It is no member of the workspace that it stands in.
		printf '\n[workspace]\n' >>"$directory/Cargo.toml"
	fi
	echo "$directory"
}

# results <output>: a line for each test, with the number of its program, its name and how it ended. Programs of cargo's and of cross' runs
# come in the same order.
results() {
	awk '/^running [0-9]+ tests?$/ { program++ }
		match($0, /^test .* \.\.\. (ok|FAILED|ignored)/) {
			split(substr($0, 1, RLENGTH), part, / \.\.\. /)
			# Behind what a child has written to the same line.
			sub(/.*test /, "", part[1])
			print program " " part[1] "\t" part[2]
		}' "$1" | LC_ALL=C sort -u
}
