#!/usr/bin/env bash
# usage: ci/session.sh
#
# Draws docs/first-session.svg, the picture in the README: copies examples/hello to /tmp/hello, and builds and runs it there for aarch64
# with cross on a terminal. The engine is the built-in one, with an empty cache. Takes half a minute to some minutes, because the target's
# image is built.
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh

# The picture shows these paths.
project=/tmp/hello
cache=/tmp/hello-cache
for dir in $project $cache; do
	[ ! -e "$dir" ] || fail "$dir is there already; remove it first"
done
need python3
cargo build --quiet --release --locked
PATH=$(built release):$PATH
picture=$PWD/ci/picture.py
file=$PWD/docs/first-session.svg
trap 'rm -rf $project $cache' EXIT
cp -r examples/hello $project
rm -rf $project/target
cd $project
unset CARGO_TARGET_DIR
export XDG_CACHE_HOME=$cache CROSS_CONTAINER_ENGINE=sandbox
target=aarch64-unknown-linux-gnu
"$picture" session "$file" "cross build --target $target" "cross run --target $target" "cargo run"
