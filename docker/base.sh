#!/bin/sh
# Sets up the base image, whose packages are already unpacked. Runs once, in base.Dockerfile.
set -eu

ca=/usr/local/share/ca-certificates/cross-host.crt
if [ ! -s "$ca" ]; then
	rm -f "$ca"
fi

# These settings also help users who add packages to the images later.
cat >/etc/apt/apt.conf.d/80cross <<-'END'
	Acquire::Retries "5";
	Acquire::Languages "none";
	APT::Install-Recommends "false";
	Dpkg::Use-Pty "0";
END
if [ -e "$ca" ]; then
	# Until ca-certificates is set up, apt has no other certificates to check an https mirror with.
	echo "Acquire::https::CaInfo \"$ca\";" >>/etc/apt/apt.conf.d/80cross
fi

# dpkg leaves out what Debian's own slim images leave out. Copyright notices stay.
cat >/etc/dpkg/dpkg.cfg.d/cross <<-'END'
	path-exclude=/usr/share/doc/*
	path-include=/usr/share/doc/*/copyright
	path-exclude=/usr/share/groff/*
	path-exclude=/usr/share/info/*
	path-exclude=/usr/share/linda/*
	path-exclude=/usr/share/lintian/*
	path-exclude=/usr/share/locale/*
	path-exclude=/usr/share/man/*
END

# Each package's preinst script would have run before the package was unpacked. The scripts run now, when all that they call is there,
# first that of base-passwd, which creates users and groups. Chapter 6 of Debian's policy has the rules for these scripts.
export DEBIAN_FRONTEND=noninteractive
before() { # <name of the package, with its architecture where dpkg has that>
	DPKG_MAINTSCRIPT_NAME=preinst DPKG_MAINTSCRIPT_PACKAGE=${1%:*} DPKG_MAINTSCRIPT_ARCH=$arch "/var/lib/dpkg/info/$1.preinst" install
}
arch=$(dpkg --print-architecture)
before base-passwd
for script in /var/lib/dpkg/info/*.preinst; do
	name=${script##*/}
	name=${name%.preinst}
	[ "$name" = base-passwd ] || before "$name"
done
# Scripts may call awk before mawk's own script has created this link.
ln -sf mawk /usr/bin/awk

# Two things would take half of the time for nothing: certificates would be gathered twice, and Python's library would be compiled, which
# saves only a twentieth of a second at each start of Python. So the two programs are put aside meanwhile. The part of Python's that other
# modules import stays.
certificates=/usr/sbin/update-ca-certificates
compiler=$(echo /usr/lib/python3.*/py_compile.py)
for program in "$certificates" "$compiler"; do
	mv "$program" "$program.aside"
done
ln -s ../bin/true "$certificates"
sed '/^if __name__ == /,$d' "$compiler.aside" >"$compiler"
failed=
dpkg --configure --pending || failed=1
for program in "$certificates" "$compiler"; do
	mv "$program.aside" "$program"
done
if [ -n "$failed" ]; then
	# The mirror may have had newer versions of some packages than this cross knows, with other dependencies. apt installs those. If that
	# fails, the cause is something else, so dpkg's error is printed once more.
	if ! { apt-get -q update && apt-get -q install -y --no-install-recommends --fix-broken; }; then
		dpkg --configure --pending >&2
		exit 1
	fi
fi
update-ca-certificates
ldconfig

# Programs read the machine's id. A container is not the machine that it runs on, so all containers have this same id.
# https://www.freedesktop.org/software/systemd/man/latest/machine-id.html
printf cross | md5sum | cut -c 1-32 >/etc/machine-id
chmod 444 /etc/machine-id
# This is a file, not a link: the caller's time zone is mounted over it, which with a link would replace the zone that the link names.
cp --remove-destination /usr/share/zoneinfo/Etc/UTC /etc/localtime

# In PATH these come before apt's own commands.
for name in apt apt-get; do
	cp "$(dirname "$0")/apt.sh" "/usr/local/bin/$name"
	chmod 755 "/usr/local/bin/$name"
done

if [ -e "$ca" ]; then
	cp "$ca" /etc/ssl/certs/ca-certificates.crt
fi

sh "$(dirname "$0")/clean.sh"
