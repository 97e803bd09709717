#!/bin/sh
# usage: unpack.sh <kit> <sysroot> <directory>...
# Takes directories of a system out of a kit, which is either one archive of whatever form libarchive reads, or the user's own files.
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
	# Whose the files were, and what else a disc knows of them, means nothing here.
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

# A link to `/lib/libc.so.8` is one to a file of the sysroot.
find "$root" -type l -lname '/*' >"$root.links"
while read -r link; do
	target=$(realpath -sm --relative-to="$(dirname "$link")" "$root$(readlink "$link")")
	ln -sfn "$target" "$link"
done <"$root.links"
rm "$root.links"
