#!/bin/sh
# Sets up the host tools, whose packages are unpacked. Runs once, in base.Dockerfile.
set -eu

ca=/usr/local/share/ca-certificates/cross-host.crt
if [ ! -s "$ca" ]; then
	rm -f "$ca"
fi

# Settings that also help whoever adds packages to our images later.
cat >/etc/apt/apt.conf.d/80cross <<-'END'
	Acquire::Retries "5";
	Acquire::Languages "none";
	APT::Install-Recommends "false";
	Dpkg::Use-Pty "0";
END
if [ -e "$ca" ]; then
	# Before ca-certificates is set up apt has nothing else to trust an https mirror with.
	echo "Acquire::https::CaInfo \"$ca\";" >>/etc/apt/apt.conf.d/80cross
fi

# What Debian's own slim images leave out; copyright notices stay.
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

# The packages are unpacked. What the first scripts of each would have done before that is done now, when all that they call is there; the
# users and groups come first. Debian's policy has the rules for these scripts in its chapter 6.
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
# Scripts may want it before mawk's own has made it.
ln -sf mawk /usr/bin/awk

# What takes half of the time, and would be for nothing: certificates are gathered twice, and Python's library is compiled, which would save
# a twentieth of a second at each start of Python. The two programs are put aside meanwhile; of Python's the part stays that others import.
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
	# The mirror had newer versions of some packages than this cross knows, which want others. If it is not that, apt's complaint is about
	# something else than dpkg's, which is said once more.
	if ! { apt-get -q update && apt-get -q install -y --no-install-recommends --fix-broken; }; then
		dpkg --configure --pending >&2
		exit 1
	fi
fi
update-ca-certificates
ldconfig

# Programs ask for the machine's name, and a container is not the machine that it runs on. All containers have the same one.
# https://www.freedesktop.org/software/systemd/man/latest/machine-id.html
printf cross | md5sum | cut -c 1-32 >/etc/machine-id
chmod 444 /etc/machine-id
# A file of its own, as the caller's time zone is mounted over it, and over a link that would change the zone which the link names.
cp --remove-destination /usr/share/zoneinfo/Etc/UTC /etc/localtime

# Before apt's own in PATH.
for name in apt apt-get; do
	cp "$(dirname "$0")/apt.sh" "/usr/local/bin/$name"
	chmod 755 "/usr/local/bin/$name"
done

if [ -e "$ca" ]; then
	cp "$ca" /etc/ssl/certs/ca-certificates.crt
fi

sh "$(dirname "$0")/clean.sh"
