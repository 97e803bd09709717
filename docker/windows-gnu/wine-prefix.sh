#!/bin/sh
# usage: wine-prefix.sh <directory>
# Copies the image's prefix to <directory>, because Wine only uses a prefix of the caller's own, and starts Wine's server and services in
# it. cross-runner calls it and waits for it before the first program of a container. The services go on running, so nothing here may keep
# the caller's files open.
set -eu

new=$1.new
rm -rf "$new"
cp -R /opt/cross/wine/prefix "$new"
user=$(id -un 2>/dev/null || echo "${USER:-wine}")
home=$new/drive_c/users/$user
for dir in AppData/Local/Temp AppData/LocalLow AppData/Roaming Desktop Documents Downloads; do
	mkdir -p "$home/$dir"
done
sed -i "s|C:\\\\\\\\users\\\\\\\\[^\\\\\"]*|C:\\\\\\\\users\\\\\\\\$user|" "$new/user.reg"
rm -rf "$1"
mv "$new" "$1"

# The server stays until the container ends, so that later programs need not wait for it.
export WINEPREFIX="$1"
/usr/lib/wine/wineserver64 -p
/usr/lib/wine/wine64 'C:\windows\system32\wineboot.exe' --init
: >"$1/ready"
