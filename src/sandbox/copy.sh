#!/bin/sh
# usage: copy.sh <to> <from>...
# What `COPY` does, within the image that is being made.
set -eu
IFS=
to=$1
shift
into=
case $to in */) into=1 ;; esac
[ $# -le 1 ] || into=1
for pattern; do
	found=
	for from in $pattern; do
		[ -e "$from" ] || [ -L "$from" ] || continue
		found=1
		if [ -d "$from" ]; then
			mkdir -p "$to"
			cp -R -P "$from/." "$to"
		elif [ -n "$into" ] || [ -d "$to" ]; then
			mkdir -p "$to"
			cp -P "$from" "$to"
		else
			mkdir -p "$(dirname "$to")"
			cp -P "$from" "$to"
		fi
	done
	if [ -z "$found" ]; then
		echo "COPY: there is no $pattern" >&2
		exit 1
	fi
done
