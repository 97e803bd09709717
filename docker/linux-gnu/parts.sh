#!/bin/sh
# usage: parts.sh <directory>
# Compiles OpenSSL where PARTS has it, and what libraries.sh does. <directory> is for the latter.
set -eu

: "${TRIPLE:?}"

libexec=/opt/cross/libexec
case " ${PARTS:-} " in
*' openssl '*) sh $libexec/compile.sh "$1" ;;
*)
	mkdir -p "/opt/cross/$TRIPLE/openssl"
	sh $libexec/libraries.sh "$1"
	;;
esac
