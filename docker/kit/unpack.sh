#!/bin/sh
# usage: unpack.sh <kit> <sysroot> <directory>...
# Copies directories of a system from a kit to <sysroot>. The kit is a directory with one archive in any format that libarchive reads, or
# with the user's own files.
set -eu

kit=$1
root=$2
shift 2

count=$(find "$kit" -mindepth 1 -maxdepth 1 | wc -l)
archive=$(find "$kit" -mindepth 1 -maxdepth 1 -type f)
if [ "$count" = 1 ] && [ -n "$archive" ]; then
	export DEBIAN_FRONTEND=noninteractive
	apt-get -q update
	if ! apt-get -q install -y --no-install-recommends libarchive-tools; then
		echo "cross: the package libarchive-tools, which unpacks ${archive##*/}, is not in the mirror (apt's message above says why)" >&2
		exit 1
	fi
	files=$(mktemp -d)
	# Owners, permissions and other attributes of the files on a disc mean nothing here.
	bsdtar --no-acls --no-fflags --no-same-owner --no-same-permissions --no-xattrs -x -C "$files" -f "$archive"
else
	files=$kit
fi

for name; do
	if [ ! -d "$files/$name" ]; then
		echo "cross: there is no directory $name in ${archive:-what was found as a sysroot}" >&2
		exit 1
	fi
	mkdir -p "$root/${name%/*}"
	cp -a --no-preserve=ownership -T "$files/$name" "$root/$name"
done
chmod -R u+rwX,go+rX "$root"

# A link to `/lib/libc.so.8` means the file in the sysroot, so absolute links become relative ones.
find "$root" -type l -lname '/*' >"$root.links"
while read -r link; do
	target=$(realpath -sm --relative-to="$(dirname "$link")" "$root$(readlink "$link")")
	ln -sfn "$target" "$link"
done <"$root.links"
rm "$root.links"
