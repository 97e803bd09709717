# Recipes for https://just.systems. Each is one line, which can be typed without just as well.

# List the recipes
default:
    @just --list

# Format, lints, scripts, unit tests and tests/cli: no engine, no root
check:
    ci/check.sh

# Format all sources
format:
    cargo fmt

# Write the generated parts of README.md, docs/ and cross-toml.schema.json
docs:
    CROSS_UPDATE_DOCS=1 cargo test --quiet --locked --lib docs

# All tests, or those whose names contain a word: `just engines sandbox::`
engines *arguments:
    ci/engines.sh {{ arguments }}

# All checks and all tests
test *arguments:
    ci/test.sh {{ arguments }}

# Measure targets, and write the tables
matrix *arguments:
    ci/matrix.sh {{ arguments }}

# Run the test suites of published crates, and write the table
suites *arguments:
    ci/suites.sh {{ arguments }}

# Run the conformance crate's tests twenty times for each target, and write the table
conformance *arguments:
    ci/conformance.sh {{ arguments }}

# Measure start-up times
bench *arguments:
    ci/bench.sh {{ arguments }}
