#!/usr/bin/env bash
# usage: ci/matrix.sh [--full] [--rebuild] [--engine <engine>] [target]...
#
# Measures the targets: builds the image of every row of the target table (or of those that are named), runs the row's whole check,
# and writes the results to docs/matrix.json, and from there to the tables in README.md and docs/targets.md. Ends with status 1 if a
# row failed; the others are measured all the same. A row whose sources may be out of reach has to be named.
#
#   --full      also compiles the crate `cargo` for the row and runs the test suite of compiler-builtins: what "supported" means.
#               About five minutes a row on two processors
#   --rebuild   builds images anew although they are up to date, so that their time is measured
#
# What the programs said is in <cargo's target directory>/matrix/<target>/log.
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh

ci/setup.sh
use_podman_env
cargo build --quiet --locked --bins --example matrix
status=0
cargo run --quiet --locked --example matrix -- --date "$(date -u +%F)" "$@" || status=$?
CROSS_UPDATE_DOCS=1 cargo test --quiet --locked --lib docs >/dev/null
exit $status
