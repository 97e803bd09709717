#!/bin/sh
# usage: copy.sh <mode> <owner> <unpack> <to> <from>...
# What `COPY` and `ADD` do, within the image that is being made.
set -eu
IFS=
mode=$1
owner=$2
unpack=$3
to=$4
shift 4
into=
case $to in */) into=1 ;; esac
[ $# -le 1 ] || into=1

# usage: settle <path>...
settle() {
	for path; do
		# A link has no mode of its own: what it leads to would be changed.
		[ -z "$mode" ] || [ -L "$path" ] || chmod "$mode" "$path"
		[ -z "$owner" ] || chown -h "$owner" "$path"
	done
}

# usage: archive <file>; whether it is one that can be unpacked
archive() {
	[ -n "$unpack" ] && [ -s "$1" ] || return 1
	tar -tf "$1" >/dev/null 2>&1 && return
	case $1 in
	*.tar.* | *.tgz | *.tbz2 | *.txz) ;;
	*) return 1 ;;
	esac
	echo "ADD: this image has nothing to unpack ${1##*/} with" >&2
	exit 1
}

for pattern; do
	found=
	for from in $pattern; do
		[ -e "$from" ] || [ -L "$from" ] || continue
		found=1
		if [ -d "$from" ]; then
			mkdir -p "$to"
			cp -R -P "$from/." "$to"
			if [ -n "$mode$owner" ]; then
				(cd "$from" && find . ! -name .) | while read -r path; do
					settle "${to%/}/${path#./}"
				done
			fi
		elif archive "$from"; then
			mkdir -p "$to"
			tar -xf "$from" -C "$to"
		elif [ -n "$into" ] || [ -d "$to" ]; then
			mkdir -p "$to"
			cp -P "$from" "$to"
			settle "${to%/}/${from##*/}"
		else
			mkdir -p "$(dirname "$to")"
			cp -P "$from" "$to"
			settle "$to"
		fi
	done
	if [ -z "$found" ]; then
		echo "COPY: there is no ${pattern#/dev/cross-copied/}" >&2
		exit 1
	fi
done
