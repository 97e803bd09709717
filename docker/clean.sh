#!/bin/sh
# Removes what apt and dpkg leave behind; the last command of every layer that installs packages.
set -eu

apt-get -q clean
rm -rf /var/lib/apt/lists/* /var/log/* /var/cache/debconf/*-old /var/cache/ldconfig/* /var/lib/dpkg/*-old
