#!/bin/sh
# usage: compile.sh <directory>
# Compiles OpenSSL and meanwhile what libraries.sh does, whose configure scripts keep one processor busy. <directory> is for the latter.
set -eu

libexec=/opt/cross/libexec
log=$(mktemp)
sh $libexec/openssl.sh >"$log" 2>&1 &
openssl=$!
sh $libexec/libraries.sh "$1"
if ! wait $openssl; then
	cat "$log" >&2
	exit 1
fi
rm "$log"
