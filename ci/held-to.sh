#!/usr/bin/env bash
# usage: ci/held-to.sh [--with-duckdb] [--crate <name>]... [target]...
#
# Builds and runs small programs with published crates that ask much of a C++ compiler, of configure and of CMake, for each named target, by
# default those that toolchains are held to. Writes docs/held-to.json, and of it the page docs/held-to.md. Results of other targets and
# crates stay. What fails is shown and noted, and the script goes on.
#
#   --crate         only this crate; may be repeated
#   --with-duckdb   also duckdb with its own library, which takes very long
#   CROSS_CONTAINER_ENGINE   the engine, by default host
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh

# the seconds after which a build or a run counts as hung
limit=${CROSS_HELD_LIMIT:-3600}
record=$PWD/docs/held-to.json
export CROSS_CONTAINER_ENGINE=${CROSS_CONTAINER_ENGINE:-host}

# What is tried: name, version, further words of the dependency in Cargo.toml.
crates() {
	cat <<-'END'
		tikv-jemallocator 0.7.0
		snmalloc-rs 0.7.6
		cxx 1.0.205
		bindgen 0.72.1
		aws-lc-rs 1.19.0
		rdkafka-sys 4.10.0
		rdkafka-sys/cmake 4.10.0 features = ["cmake-build"]
		rocksdb 0.25.0 default-features = false, features = ["bindgen-runtime"]
	END
	[ -z "$duckdb" ] || echo 'duckdb 1.20000.1 features = ["bundled"]'
}

# program <name>: prints a program that calls the crate, and ends with 0 if that works.
program() {
	case ${1%/*} in
	tikv-jemallocator | snmalloc-rs)
		local type=tikv_jemallocator::Jemalloc
		[ "$1" = tikv-jemallocator ] || type=snmalloc_rs::SnMalloc
		cat <<-END
			#[global_allocator]
			static GLOBAL: $type = $type;
			fn main() {
			    let threads: Vec<_> = (0..4).map(|n| std::thread::spawn(move || vec![n; 100_000].into_iter().sum::<u64>())).collect();
			    assert_eq!(threads.into_iter().map(|it| it.join().unwrap()).sum::<u64>(), 600_000);
			}
		END
		;;
	cxx)
		cat <<-'END'
			#[cxx::bridge]
			mod ffi {
			    extern "Rust" {
			        fn twice(text: &str) -> String;
			    }
			    unsafe extern "C++" {
			        include!("held/part.h");
			        fn shout(text: &CxxString) -> Result<String>;
			    }
			}
			fn twice(text: &str) -> String {
			    text.repeat(2)
			}
			fn main() {
			    cxx::let_cxx_string!(text = "ab");
			    assert_eq!(ffi::shout(&text).unwrap(), "abab!");
			    cxx::let_cxx_string!(nothing = "");
			    assert_eq!(ffi::shout(&nothing).unwrap_err().what(), "nothing");
			}
		END
		;;
	bindgen)
		cat <<-'END'
			#![allow(warnings)]
			include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
			fn main() {
			    assert_eq!(unsafe { length_of(&Named { name: c"four".as_ptr(), number: 2 }) }, 6);
			}
		END
		;;
	aws-lc-rs)
		cat <<-'END'
			fn main() {
			    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"abc");
			    assert_eq!(digest.as_ref()[..4], [0xba, 0x78, 0x16, 0xbf]);
			}
		END
		;;
	rdkafka-sys)
		echo 'fn main() { assert!(unsafe { rdkafka_sys::rd_kafka_version() } > 0x0200_0000); }'
		;;
	rocksdb)
		cat <<-'END'
			fn main() {
			    let dir = std::env::temp_dir().join(format!("held-{}", std::process::id()));
			    let db = rocksdb::DB::open_default(&dir).unwrap();
			    db.put(b"key", b"value").unwrap();
			    assert_eq!(db.get(b"key").unwrap().unwrap(), b"value");
			    drop(db);
			    std::fs::remove_dir_all(dir).unwrap();
			}
		END
		;;
	duckdb)
		cat <<-'END'
			fn main() {
			    let db = duckdb::Connection::open_in_memory().unwrap();
			    let sum: i64 = db.query_row("SELECT sum(range)::BIGINT FROM range(10)", [], |row| row.get(0)).unwrap();
			    assert_eq!(sum, 45);
			}
		END
		;;
	esac
}

# project <name> <version> <words>: makes a package `held` in $work/held with a program that uses the crate.
project() {
	local crate=${1%/*} kind=dependencies
	rm -rf "$work/held"
	mkdir -p "$work/held/src"
	[ "$crate" != bindgen ] || kind=build-dependencies
	cat >"$work/held/Cargo.toml" <<-END
		[package]
		name = "held"
		version = "0.1.0"
		edition = "2024"
		[workspace]
		[$kind]
		$crate = { version = "=$2"${3:+, $3} }
	END
	program "$1" >"$work/held/src/main.rs"
	case $crate in
	cxx)
		printf '[build-dependencies]\ncxx-build = "=%s"\n' "$2" >>"$work/held/Cargo.toml"
		echo 'fn main() { cxx_build::bridge("src/main.rs").file("part.cc").std("c++20").compile("part"); }' >"$work/held/build.rs"
		printf '#pragma once\n#include <rust/cxx.h>\n#include <string>\nrust::String shout(const std::string &text);\n' >"$work/held/part.h"
		cat >"$work/held/part.cc" <<-'END'
			#include "held/part.h"
			#include "held/src/main.rs.h"
			#include <stdexcept>
			rust::String shout(const std::string &text) {
				if (text.empty())
					throw std::runtime_error("nothing");
				return std::string(twice(text)) + "!";
			}
		END
		;;
	bindgen)
		echo 'cc = "=1.2.49"' >>"$work/held/Cargo.toml"
		cat >"$work/held/part.hpp" <<-'END'
			#pragma once
			#include <string>
			#include <vector>
			struct Named {
				const char *name;
				int number;
				std::vector<std::string> all() const;
			};
			extern "C" unsigned long length_of(const Named *named);
		END
		printf '#include "part.hpp"\nunsigned long length_of(const Named *named) { return std::string(named->name).size() + named->number; }\n' >"$work/held/part.cc"
		cat >"$work/held/build.rs" <<-'END'
			fn main() {
			    cc::Build::new().cpp(true).std("c++17").file("part.cc").compile("part");
			    let clang = ["-x", "c++", "-std=c++17"];
			    let builder = bindgen::Builder::default().header("part.hpp").clang_args(clang).opaque_type("std::.*");
			    let bindings = builder.allowlist_function("length_of").generate().unwrap();
			    bindings.write_to_file(std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("bindings.rs")).unwrap();
			}
		END
		;;
	esac
}

# try <target> <name> <version> <words>: builds and runs a crate's program, and notes the result.
try() {
	local built=no ran=no start=$SECONDS seconds log=$work/$1-${2//\//-}.log
	project "$2" "$3" "${4-}"
	cross() {
		(cd "$work/held" && timeout "$limit" "$cross" "$@" --target "$target" --target-dir "$work/target") >>"$log" 2>&1 </dev/null
	}
	: >"$log"
	! cross build || built=yes
	seconds=$((SECONDS - start))
	[ $built = no ] || ! cross run || ran=yes
	say "$2 $3, $1: built $built, ran $ran, $seconds s"
	[ "$built $ran" = "yes yes" ] || tail -n 15 "$log" >&2
	[ -e "$record" ] || echo '[]' >"$record"
	jq --tab --arg crate "$2" --arg version "$3" --arg target "$1" --arg built $built --arg ran $ran --argjson seconds $seconds \
		--arg engine "$CROSS_CONTAINER_ENGINE" --arg date "$(date -u +%F)" \
		'map(select([.crate, .target] != [$crate, $target])) + [{crate: $crate, version: $version, target: $target, built: $built, ran: $ran,
			seconds: $seconds, engine: $engine, date: $date}] | sort_by(.crate, .target)' "$record" >"$work/record"
	mv "$work/record" "$record"
	page
	rm -rf "$work/target"
}

# page: writes docs/held-to.md.
page() {
	{
		cat <<-'END'
			# Crates that toolchains are held to

			These crates ask much of a C++ compiler, of `configure` and of CMake. `ci/held-to.sh` builds a small program with each, runs it under
			the target's emulator, and writes this page from `docs/held-to.json`. Seconds are of the whole build, on a machine that had other work
			to do. `rdkafka-sys/cmake` is `rdkafka-sys` with its feature `cmake-build`. What has no line was not run.

			| crate | version | target | built | ran | seconds | engine | date |
			|---|---|---|---|---|---|---|---|
		END
		jq -r '.[] | "| `\(.crate)` | \(.version) | `\(.target)` | \(.built) | \(.ran) | \(.seconds) | `\(.engine)` | \(.date) |"' "$record"
	} >docs/held-to.md
}

duckdb=
only=()
while [[ ${1-} == --* ]]; do
	case $1 in
	--with-duckdb) duckdb=yes ;;
	--crate)
		only+=("$2")
		shift
		;;
	*) fail "there is no option $1" ;;
	esac
	shift
done
if [ $# -eq 0 ]; then
	set -- aarch64-unknown-linux-gnu x86_64-unknown-linux-gnu armv7-unknown-linux-gnueabihf riscv64gc-unknown-linux-gnu s390x-unknown-linux-gnu
fi
need jq
cargo build --quiet --locked --bins
cross=$(built debug)/cross
mkdir -p target
work=$(mktemp -d "$PWD/target/held-to-XXXXXX")
trap 'rm -rf "$work"' EXIT
for target; do
	while read -r name version words; do
		[ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $name "* ]] || continue
		try "$target" "$name" "$version" "$words"
	done < <(crates)
done
