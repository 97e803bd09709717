#!/usr/bin/env bash
# usage: ci/old-system.sh [target]...
#
# Checks that programs which cross makes run on an old distribution. For each named target of the family linux-gnu, by default aarch64 and
# x86_64, it builds the check crate, unpacks a root file system of Debian bullseye, which has exactly the glibc that results may need, and
# runs the program there. Programs for other machines run with the emulator of the row's image.
#
#   CROSS_OLD_SUITE   another Debian release than bullseye
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh

suite=${CROSS_OLD_SUITE:-bullseye}
if [ $# -eq 0 ]; then
	set -- aarch64-unknown-linux-gnu x86_64-unknown-linux-gnu
fi
for tool in docker jq mmdebstrap; do
	command -v $tool >/dev/null || fail "$tool is missing"
done

cargo build --quiet --locked --bins
programs=$(built debug)
mkdir -p target
work=$(mktemp -d "$PWD/target/old-system-XXXXXX")
trap 'as_root rm -rf "$work"' EXIT
cp -r tests/fixtures/native "$work/native"
# the mirror from which this machine gets Debian's packages
mirror=$(apt-get indextargets --format "\$(ORIGIN)|\$(LABEL)|\$(REPO_URI)" | sed -n 's/^Debian|Debian|//p' | head -n 1)

for target; do
	field() {
		"$programs/cross-util" targets --json | jq -er --arg target "$target" ".[] | select(.triple == \$target) | .$1 // \"\""
	}
	arch=$(field deb_arch)
	emulator=$(field qemu_arch)
	image=$(field image)
	say "$target: Debian $suite for $arch"
	(cd "$work/native" && env --unset=CARGO_TARGET_DIR "$programs/cross" build --quiet --locked --target "$target")
	# The packages are only unpacked, so no program of the architecture has to run.
	as_root mmdebstrap --quiet --variant=extract --arch="$arch" --include=libc6,libgcc-s1,libstdc++6 \
		"$suite" "$work/root.tar" ${mirror:+"$mirror"}
	mkdir "$work/root"
	as_root tar -x -C "$work/root" --exclude './dev/*' -f "$work/root.tar"
	as_root cp "$work/native/target/$target/debug/native" "$work/root/native"
	as_root find "$work/root" -name 'libc-2.*' -o -name 'libc.so.6' | sed "s|^$work/root||"
	if [ -n "$emulator" ]; then
		docker run --rm --network none --volume "$work/root:/old:ro" "$image" "qemu-$emulator" -L /old /old/native
	else
		as_root chroot "$work/root" /native
	fi | tee "$work/said"
	for line in "tls true" "sha256 ba7816bf"; do
		grep -q "^$line" "$work/said" || fail "the program for $target does not say '$line'"
	done
	as_root rm -rf "$work/root" "$work/root.tar"
done
