#!/bin/sh
# Builds the static OpenSSL of the row.
set -eu

# One of Debian's patches is for ELF: it calls functions by way of a table that COFF has not got.
cd /usr/src/openssl
patch -s -R -p1 <debian/patches/pic.patch

export PIC=
# Where OpenSSL's own builds for Windows look. Anybody may make a directory like \etc at the root of a drive, and what is configured there
# would be loaded. https://github.com/openssl/openssl/blob/master/NOTES-WINDOWS.md
export OPENSSLDIR='C:/Program Files/Common Files/SSL'
exec sh /opt/cross/libexec/openssl.sh
