#!/usr/bin/env bash
# usage: ci/foreign-roots.sh [target]...
#
# Checks that the programs of toolchains run on systems with other C libraries than Debian 13's. For each named target, by default aarch64
# and x86_64, it makes the toolchain, and root file systems that have little more than a shell: those of older and newer releases of Debian
# and Ubuntu, and one with musl alone. In each, as chroot, the toolchain compiles and links C, C++ and a static program with a library in
# Rust, with CMake and pkg-config too, and the programs run there, with the toolchain's emulator if need be. Prints a line for each root.
#
#   CROSS_FOREIGN_ROOTS    other roots than `bullseye bookworm trixie jammy noble musl`
#   CROSS_UBUNTU_KEYRING   the keyring of Ubuntu's archive, by default where the package ubuntu-archive-keyring has it
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh

read -ra roots <<<"${CROSS_FOREIGN_ROOTS:-bullseye bookworm trixie jammy noble musl}"
ubuntu=${CROSS_UBUNTU_KEYRING:-/usr/share/keyrings/ubuntu-archive-keyring.gpg}
if [ $# -eq 0 ]; then
	set -- aarch64-unknown-linux-gnu x86_64-unknown-linux-gnu
fi
[ "$(id -u)" -eq 0 ] || fail "only root can use chroot"
for tool in jq mmdebstrap rustc; do
	command -v $tool >/dev/null || fail "$tool is missing"
done

cargo build --quiet --locked --bins
util=$(built debug)/cross-util
mkdir -p target
work=$(mktemp -d "$PWD/target/foreign-roots-XXXXXX")
trap 'rm -rf "$work"' EXIT
# the mirror from which this machine gets Debian's packages
mirror=$(apt-get indextargets --format "\$(ORIGIN)|\$(LABEL)|\$(REPO_URI)" | sed -n 's/^Debian|Debian|//p' | head -n 1)

# root <name>: makes a root file system of this name in $work.
root() {
	local include=base-files,coreutils,dash,grep,libc-bin,sed options=(--quiet --variant=extract)
	mkdir "$work/$1"
	case $1 in
	musl)
		(cd "$work" && apt-get -qq download musl busybox-static 2>/dev/null)
		for package in "$work"/*.deb; do
			dpkg --extract "$package" "$work/$1"
		done
		chroot "$work/$1" /bin/busybox --install -s /bin
		;;
	jammy | noble) mmdebstrap "${options[@]}" --include=$include --keyring="$ubuntu" "$1" | tar -x -C "$work/$1" --exclude './dev/*' ;;
	*) mmdebstrap "${options[@]}" --include=$include "$1" - ${mirror:+"$mirror"} | tar -x -C "$work/$1" --exclude './dev/*' ;;
	esac
	[ -e "$work/$1/bin/sh" ] || [ -h "$work/$1/bin/sh" ] || ln -s dash "$work/$1/bin/sh"
	mkdir -p "$work/$1/tmp" "$work/$1/dev"
	mknod -m 666 "$work/$1/dev/null" c 1 3
}

# libc <root>: prints the C library of a root.
libc() {
	local musl=/lib/ld-musl-x86_64.so.1
	if [ -e "$work/$1$musl" ]; then
		{ chroot "$work/$1" $musl 2>&1 || true; } | sed -n 's/^Version /musl /p'
	else
		chroot "$work/$1" /lib/x86_64-linux-gnu/libc.so.6 | sed -n '1s/.*version \(.*\)\.$/glibc \1/p'
	fi
}

# sources <target>: writes what is compiled in the roots, with a library in Rust that this machine compiles.
sources() {
	mkdir -p "$work/src"
	cat >"$work/src/c.c" <<-END
		#include <openssl/crypto.h>
		#include <stdio.h>
		int main(void) { return printf("c %s\n", OpenSSL_version(OPENSSL_VERSION)) < 0; }
	END
	cat >"$work/src/cc.cc" <<-END
		#include <format>
		#include <iostream>
		#include <stdexcept>
		#include <thread>
		int main() {
			std::jthread([] {
				try {
					throw std::runtime_error(std::format("c++ {}", 42));
				} catch (const std::exception &e) {
					std::cout << e.what() << std::endl;
				}
			});
		}
	END
	printf '%s\n' 'cmake_minimum_required(VERSION 3.10)' 'project(made CXX)' 'add_executable(made cc.cc)' >"$work/src/CMakeLists.txt"
	rustc --edition 2024 --crate-type staticlib --target "$1" -C panic=abort -o "$work/src/libhello.a" - <<-END
		#[unsafe(no_mangle)]
		pub extern "C" fn main() -> i32 {
			println!("rust {}", std::env::consts::ARCH);
			0
		}
	END
}

# runner: prints what runs programs for the target. Those for x86_64 run by themselves where there is a glibc, else with the toolchain's.
runner() {
	local loader=lib64/ld-linux-x86-64.so.2
	if [ -n "$emulator" ]; then
		echo "$emulator -L $toolchain"
	elif [ ! -e "$root/$loader" ]; then
		echo "$toolchain/$loader --library-path $toolchain/lib"
	fi
}

# trial <target>: prints the script that runs in the roots.
trial() {
	local lower=${1//-/_}
	cat <<-END
		set -eu
		PATH=/usr/bin:/bin$(printf ':%s/bin' "${tools[@]}")
		$("$util" env --quiet --target "$1" --format sh)
		run() { $(runner) "\$@"; }
		cd /src
		exec 3>&1 >log 2>&1
		\$CC_$lower -O2 -o c c.c \$(\$PKG_CONFIG_$lower --cflags --libs openssl)
		\$CXX_$lower -O2 -std=c++23 -flto -o cc cc.cc
		\$CC_$lower -static -o rust libhello.a -lpthread -ldl
		cmake -G Ninja -S . -B made -DCMAKE_CXX_STANDARD=23 -DCMAKE_TOOLCHAIN_FILE="\$CMAKE_TOOLCHAIN_FILE_$lower"
		cmake --build made
		for tool in addr2line ar ld nm objdump ranlib readelf size strip; do $1-\$tool --version; done
		for program in ./c ./cc made/made; do run \$program >&3; done
		${emulator:+run }./rust >&3
	END
}

if [[ " ${roots[*]} " =~ " "(jammy|noble)" " && ! -e $ubuntu ]]; then
	fail "there is no $ubuntu to check Ubuntu's packages with: CROSS_UBUNTU_KEYRING names another, CROSS_FOREIGN_ROOTS other roots"
fi
for name in "${roots[@]}"; do
	root "$name"
done
mapfile -t tools < <("$util" toolchains tool cmake ninja 2>&1 | sed -n 's/^ *Ready .\(.*\)\/bin.$/\1/p')

for target; do
	"$util" --quiet toolchains make "$target"
	toolchain=$("$util" env --quiet --target "$target" --format json | jq -er .toolchain)
	home=${toolchain%/*}
	emulator=$("$util" targets --json | jq -r --arg target "$target" '.[] | select(.triple == $target).toolchain[] | select(contains("/qemu-"))')
	emulator=${emulator:+$home/$emulator}
	sources "$target"
	for name in "${roots[@]}"; do
		root=$work/$name
		mkdir -p "$root$home"
		cp -r "$work/src" "$root/src"
		trial "$target" >"$root/src/trial.sh"
		cp -a "$toolchain" "${tools[@]}" ${emulator:+"${emulator%/*}"} "$root$home"
		if ! chroot "$root" /bin/sh /src/trial.sh >"$work/said" ||
			[ "$(sed 's/ 3\..*//' "$work/said")" != "$(printf '%s\n' 'c OpenSSL' 'c++ 42' 'c++ 42' "rust ${target%%-*}")" ]; then
			cat "$root/src/log" "$work/said" >&2
			fail "$target: the toolchain does not work in $name"
		fi
		say "$target works in $name ($(libc "$name"))"
		rm -rf "${root:?}/src" "$root${home:?}"
	done
done
