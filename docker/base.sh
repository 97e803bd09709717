#!/bin/sh
# Installs the host tools. Runs once, in base.Dockerfile.
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
	# Before ca-certificates is installed apt has nothing else to trust an https mirror with.
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

# Left out of this one installation only, so that a user who installs such a package later gets all of it:
# link-time optimisation, sanitizers, profilers and a static C library for *native* programs (build scripts want none of them; the target's
# compiler keeps LTO and static libraries), servers and mail of git, cmake's ctest and cpack, and what perl has for XS modules,
# East Asian encodings, collation and CPAN.
excluded='
	/usr/bin/*gprofng*
	/usr/bin/*lto-dump*
	/usr/bin/cpack
	/usr/bin/ctest
	/usr/bin/git-shell
	/usr/bin/scalar
	/usr/lib/*/gprofng/*
	/usr/lib/*/lib*san.so*
	/usr/lib/*/libgprofng*
	/usr/lib/*/libc.a
	/usr/lib/*/libm-*.a
	/usr/lib/*/libmvec.a
	/usr/lib/*/perl/*/CORE/*
	/usr/lib/*/perl/*/auto/Encode/CN/*
	/usr/lib/*/perl/*/auto/Encode/JP/*
	/usr/lib/*/perl/*/auto/Encode/KR/*
	/usr/lib/*/perl/*/auto/Encode/TW/*
	/usr/lib/*/perl/*/auto/Unicode/Collate/*
	/usr/lib/gcc/*/lib*san*
	/usr/lib/git-core/git-daemon
	/usr/lib/git-core/git-http-backend
	/usr/lib/git-core/git-http-push
	/usr/lib/git-core/git-imap-send
	/usr/lib/git-core/git-shell
	/usr/lib/git-core/scalar
	/usr/libexec/gcc/*/lto1
	/usr/share/bash-completion/*
	/usr/share/cmake-*/Help/*
	/usr/share/gitweb/*
	/usr/share/perl/*/CPAN/*
	/usr/share/perl/*/Module/CoreList*
	/usr/share/perl/*/Unicode/Collate/*
	/usr/share/perl/*/pod/*
	/usr/share/perl/*/unicore/TestNorm.pl
'
set --
for pattern in $excluded; do
	set -- "$@" -o "Dpkg::Options::=--path-exclude=$pattern"
done

# The compilers, what crates with C or C++ in them start by name (autotools and generators of parsers among it), and the names of
# services, protocols and types of files that programs look up.
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends "$@" \
	autoconf \
	automake \
	bison \
	bzip2 \
	ca-certificates \
	cmake \
	curl \
	file \
	flex \
	g++ \
	gcc \
	git \
	gperf \
	gzip \
	libc6-dev \
	libclang-common-19-dev \
	libtool \
	m4 \
	make \
	media-types \
	nasm \
	netbase \
	ninja-build \
	patch \
	perl \
	pkgconf \
	protobuf-compiler \
	python3 \
	tar \
	tini \
	tzdata \
	unzip \
	xxd \
	xz-utils

# The .proto files that other .proto files include. The package as a whole would bring development files of zlib, and a crate
# for the machine's own triple would take those for the target's.
cd /tmp
apt-get -q -o APT::Sandbox::User=root download libprotobuf-dev
dpkg-deb --fsys-tarfile libprotobuf-dev_*.deb | tar -x -C / --wildcards './usr/include/google/*.proto'
rm libprotobuf-dev_*.deb

sh "$(dirname "$0")/libclang.sh" 19

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
