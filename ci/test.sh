#!/usr/bin/env bash
# usage: ci/test.sh [argument for the test runner]...
#
# All checks and all tests, with the set-up they need (Debian and Ubuntu). The last lines are the test runner's own summary. The parts
# can be called one by one: see ci/check.sh for those without an engine, and ci/engines.sh for the tests and their variables.
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh

ci/setup.sh --all
need shellcheck
ci/check.sh format lints scripts words licences
# The check of the oldest Rust needs an image where that toolchain is not installed.
setup_debian
ci/check.sh msrv
exec ci/engines.sh "$@"
