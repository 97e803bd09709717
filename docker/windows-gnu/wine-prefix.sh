#!/bin/sh
# usage: wine-prefix.sh <directory>
# Makes a prefix of the caller's own, as Wine uses no other's, and starts Wine's server and services in it. For cross-runner, which
# waits for it before the first program of a container. Nothing here may keep the caller's files open: services go on running.
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

# Until the container ends: the next program need not wait again.
export WINEPREFIX="$1"
/usr/lib/wine/wineserver64 -p
/usr/lib/wine/wine64 'C:\windows\system32\wineboot.exe' --init
: >"$1/ready"
