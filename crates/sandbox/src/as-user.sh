#!/bin/sh
# usage: as-user.sh <user>[:<group>] <command>...
# What `USER` asks for, within the image that is being made.
set -eu
user=${1%%:*}
group=
groups=--clear-groups
case $1 in *:*) group=${1#*:} ;; esac
shift
entry=$(getent passwd "$user" || true)
if [ -n "$entry" ]; then
	home=$(printf %s "$entry" | cut -d: -f6)
	if [ -z "$group" ]; then
		group=$(printf %s "$entry" | cut -d: -f4)
		groups=--init-groups
	fi
elif [ -n "${user##*[!0-9]*}" ]; then
	home=/
	[ -n "$group" ] || group=0
else
	echo "USER: there is no user $user in the image" >&2
	exit 1
fi
# `ENV HOME` wins, as with docker.
HOME=${HOME:-$home}
export HOME
exec setpriv --reuid="$user" --regid="$group" $groups -- "$@"
