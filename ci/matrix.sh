#!/usr/bin/env bash
# usage: ci/matrix.sh [--full] [--rebuild] [--engine <engine>] [target]...
#        ci/matrix.sh --first [target]...
#
# Measures the targets: builds the image of each named row, or of all rows, and runs the row's whole check. Writes the results to
# docs/matrix.json, and from there to the tables in README.md and docs/targets.md. If a row fails, the others are still measured, and the
# exit code is 1. A row whose sources may not be reachable has to be named.
#
#   --full      also compiles the crate `cargo` for the row and runs the test suite of compiler-builtins, which "supported" stands for.
#               Takes about five minutes for each row on two processors
#   --first     measures only how long `cross build` takes for examples/hello (for a microcontroller: tests/fixtures/microcontroller) with
#               the built-in engine and an empty cache. The machine should have nothing else to do
#   --rebuild   builds images again although they are up to date, so that their time is measured
#
# The output of the programs is in <cargo's target directory>/matrix/<target>/log.
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh

ci/setup.sh
use_podman_env
# A user's programs are optimised, which matters for what is unpacked and checked.
profile=()
[[ " $* " != *" --first "* ]] || profile=(--release)
cargo build --quiet --locked ${profile[@]+"${profile[@]}"} --bins --example matrix
status=0
cargo run --quiet --locked ${profile[@]+"${profile[@]}"} --example matrix -- --date "$(date -u +%F)" "$@" || status=$?
CROSS_UPDATE_DOCS=1 cargo test --quiet --locked --lib docs >/dev/null
exit $status
