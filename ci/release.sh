#!/usr/bin/env bash
# usage: ci/release.sh [directory]
#
# Makes the files of a release, by default in target/release-files: for each kind of host an archive with the two static programs, which
# cross itself builds, the pages of the manual, and completions for shells; and a file with the checksums of all archives. `cargo
# binstall` finds the archives by their names (Cargo.toml).
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh

out=$(realpath --canonicalize-missing "${1:-target/release-files}")
targets=(x86_64-unknown-linux-musl aarch64-unknown-linux-musl)

cargo build --quiet --release --locked
programs=$(built release)
unset CARGO_TARGET_DIR
version=$("$programs/cross-util" --version | cut -d ' ' -f 2)
# the files that are the same in all archives
common=$(mktemp -d)
trap 'rm -rf "$common"' EXIT
"$programs/cross-util" manual "$common/man" >/dev/null
mkdir "$common/completions"
for shell in bash fish zsh; do
	for program in cross cross-util; do
		"$programs/cross-util" completions "$shell" "$program" >"$common/completions/$program.$shell"
	done
done
cp README.md CHANGELOG.md LICENSE-* "$common"

mkdir -p "$out"
archives=()
for target in "${targets[@]}"; do
	say "$target"
	"$programs/cross" build --profile dist --locked --bins --target "$target"
	name=cross-$version-$target
	rm -rf "${out:?}/$name"
	cp -r "$common" "$out/$name"
	chmod 755 "$out/$name"
	for program in cross cross-util; do
		cp "target/$target/dist/$program" "$out/$name"
		"$programs/cross-util" verify --json "$out/$name/$program" | grep -q '"static": true' || fail "$program for $target is not static"
	done
	# The archive's bytes depend only on its files: neither their times nor their owners are in it.
	tar --create --directory "$out" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 "$name" | gzip --no-name >"$out/$name.tar.gz"
	rm -rf "${out:?}/$name"
	archives+=("$name.tar.gz")
done
(cd "$out" && sha256sum "${archives[@]}" >SHA256SUMS && cat SHA256SUMS)
