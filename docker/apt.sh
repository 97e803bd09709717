#!/bin/sh
# Replaces apt and apt-get for users who add packages to the images. The images have no lists of packages, which are large and soon out of
# date, so this fetches them when a command needs them.
apt=/usr/bin/${0##*/}

lists_are_there() {
	for list in /var/lib/apt/lists/*_*; do
		[ ! -e "$list" ] || return 0
	done
	return 1
}

for word; do
	case $word in
	build-dep | changelog | dist-upgrade | download | full-upgrade | install | satisfy | search | show | source | upgrade)
		lists_are_there || "$apt" -q update || exit
		break
		;;
	update) break ;;
	esac
done
exec "$apt" "$@"
