# shellcheck shell=sh
# Sourced by wine.sh and toolchain.sh, after `apt-get update`: installs the packages that Wine's own libraries for this machine need.
# Without fontconfig Wine has no desktop, and a program that asks for one starts others without end.
apt-get -q install -y --no-install-recommends libfontconfig1 libfreetype6 libunwind8
