#!/bin/sh
# Builds the row's static OpenSSL.
set -eu

# One of Debian's patches calls functions by the PLT of ELF. COFF has no such table.
cd /usr/src/openssl
patch -s -R -p1 <debian/patches/pic.patch

export PIC=
# The directory in which OpenSSL's own builds for Windows look. Every user may make a directory such as \etc at the root of a drive, and a
# program would load what a configuration in it names. https://github.com/openssl/openssl/blob/master/NOTES-WINDOWS.md
export OPENSSLDIR='C:/Program Files/Common Files/SSL'
exec sh /opt/cross/libexec/openssl.sh
