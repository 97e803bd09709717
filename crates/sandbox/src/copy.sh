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
# Without a group it is that of the user, or the one with the user's number.
case $owner in
'' | *:*) ;;
*[!0-9]*) owner=$owner: ;;
*) owner=$owner:$owner ;;
esac
# the context, or the image or stage of `--from`
root=/dev/cross-copied

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

# usage: follow <path>; sets `real` to the path that links lead to. They stay below `root`, which is their root directory.
follow() {
	real=
	rest=$1
	links=0
	while [ -n "$rest" ]; do
		name=${rest%%/*}
		rest=${rest#"$name"}
		rest=${rest#/}
		case $name in
		'' | .) ;;
		..) real=${real%/*} ;;
		*)
			if [ -L "$root$real/$name" ] && [ $links -lt 40 ]; then
				links=$((links + 1))
				name=$(readlink "$root$real/$name")
				case $name in /*) real= ;; esac
				rest=$name/$rest
			else
				real=$real/$name
			fi
			;;
		esac
	done
}

# usage: matches <pattern>; prints the paths below `root` that match, one a line
matches() {
	left=${1%/}
	fixed=
	while [ -n "$left" ]; do
		name=${left%%/*}
		case $name in *[*?[\\]*) break ;; esac
		fixed=$fixed/$name
		left=${left#"$name"}
		left=${left#/}
	done
	if [ -z "$left" ]; then
		printf '%s\n' "${fixed:-/}"
		return
	fi
	follow "$fixed"
	[ -d "$root$real" ] || return 0
	depth=$(($(printf %s "$left" | tr -cd / | wc -c) + 1))
	# A star also means names that begin with a dot, which it does not in the shell.
	(cd "$root$real" && find . -mindepth $depth -maxdepth $depth -path "./$left") | LC_ALL=C sort | while read -r path; do
		printf '%s\n' "$real${path#.}"
	done
}

# usage: copy <file or directory> <name>
copy() {
	if [ -d "$1" ]; then
		mkdir -p "$to"
		cp -R -P "$1/." "$to"
		if [ -n "$mode$owner" ]; then
			(cd "$1" && find . ! -name .) | while read -r path; do
				settle "${to%/}/${path#./}"
			done
		fi
	elif archive "$1"; then
		mkdir -p "$to"
		tar -xf "$1" -C "$to"
	elif [ -n "$into" ] || [ -d "$to" ]; then
		mkdir -p "$to"
		cp -P "$1" "${to%/}/$2"
		settle "${to%/}/$2"
	else
		mkdir -p "$(dirname "$to")"
		cp -P "$1" "$to"
		settle "$to"
	fi
}

for pattern; do
	case $pattern in
	"$root"/*) ;;
	*)
		copy "$pattern" "${pattern##*/}"
		continue
		;;
	esac
	pattern=${pattern#"$root"/}
	found=
	all=$(matches "$pattern")
	while read -r said; do
		follow "$said"
		if [ -z "$said" ] || [ ! -e "$root$real" ]; then
			continue
		fi
		found=1
		copy "$root$real" "${said##*/}"
	done <<-END
		$all
	END
	if [ -z "$found" ]; then
		echo "COPY: there is no $pattern" >&2
		exit 1
	fi
done
