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
# Lists have a path a line, in which this character stands for a line break.
mark=$(printf '\001')
break='
'

# usage: found <argument of find>...; prints a list of what find finds
found() {
	LC_ALL=C.UTF-8 find . "$@" -print0 | tr '\n\000' '\001\n'
}

# usage: listed <path>; prints the line for it
listed() {
	printf %s "$1" | tr '\n' '\001'
	echo
}

# usage: plain <line>; sets `path` to the path that a line of a list stands for
plain() {
	path=
	rest=$1
	while :; do
		case $rest in
		*"$mark"*)
			path=$path${rest%%"$mark"*}$break
			rest=${rest#*"$mark"}
			;;
		*)
			path=$path$rest
			return
			;;
		esac
	done
}

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

# usage: matches <pattern>; prints a list of the paths below `root` that match
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
		listed "${fixed:-/}"
		return
	fi
	follow "$fixed"
	[ -d "$root$real" ] || return 0
	depth=$(($(printf %s "$left" | tr -cd / | wc -c) + 1))
	# A star also means names that begin with a dot, which it does not in the shell.
	above=$(listed "$real")
	(cd "$root$real" && found -mindepth $depth -maxdepth $depth -path "./$left") | LC_ALL=C sort | while read -r line; do
		printf '%s\n' "$above${line#.}"
	done
}

# usage: copy <file or directory> <name>
copy() {
	if [ -d "$1" ]; then
		mkdir -p "$to"
		cp -R -P "$1/." "$to"
		if [ -n "$mode$owner" ]; then
			(cd "$1" && found ! -name .) | while read -r line; do
				plain "$line"
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
	is_found=
	all=$(matches "$pattern")
	while read -r line; do
		plain "$line"
		said=$path
		follow "$said"
		if [ -z "$said" ] || [ ! -e "$root$real" ]; then
			continue
		fi
		is_found=1
		copy "$root$real" "${said##*/}"
	done <<-END
		$all
	END
	if [ -z "$is_found" ]; then
		echo "COPY: there is no $pattern" >&2
		exit 1
	fi
done
