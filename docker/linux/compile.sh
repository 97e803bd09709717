#!/bin/sh
# usage: compile.sh <directory>
# Compiles what libraries.sh does, and meanwhile OpenSSL where PARTS has it, for the former's configure scripts keep one processor busy.
# <directory> is for what libraries.sh makes.
set -eu

: "${TRIPLE:?}"

libexec=/opt/cross/libexec
case " ${PARTS:-} " in
*' openssl '*) ;;
*)
	mkdir -p "/opt/cross/$TRIPLE/openssl"
	exec sh $libexec/libraries.sh "$1"
	;;
esac
log=$(mktemp)
sh $libexec/openssl.sh >"$log" 2>&1 &
openssl=$!
sh $libexec/libraries.sh "$1"
if ! wait $openssl; then
	cat "$log" >&2
	exit 1
fi
rm "$log"
