# shellcheck shell=sh
# Sourced by wine.sh and toolchain.sh, after `apt-get update`: installs what Wine's own libraries for this machine want. Without
# fontconfig Wine has no desktop, and a program that asks for one starts others without end.
apt-get -q install -y --no-install-recommends libfontconfig1 libfreetype6 libunwind8
