#!/bin/sh
# Answers `metadata` and `generate-lockfile` with the real cargo (or `metadata` with a file, where
# the real one cannot be reached), `-V` with the file `cargo-version`, and only says that it ran for
# all other commands, unless there is a file `cargo-is-real`.

# shellcheck source=tests/cli/fakes/common.sh
. "${0%/*}/../fakes/common.sh"

# The real cargo is not rustup's proxy, and may be stable where the test says nightly.
channel=stable
case $1 in
    +*)
        channel=${1#+}
        shift
        ;;
esac
read -r cargo <"$root/real-cargo"
export RUSTC_BOOTSTRAP=1
if [ -f "$root/cargo-is-real" ]; then
    exec "$cargo" "$@"
fi
for word; do
    case $word in
        -V)
            if [ -f "$root/cargo-version" ]; then
                show "$root/cargo-version"
                exit
            fi
            ;;
        metadata)
            toolchain "$channel"
            if [ -f "$root/metadata.json" ]; then
                show "$root/metadata.json"
                exit
            fi
            case "$*" in
                *--no-deps*) exec "$cargo" "$@" ;;
            esac
            ;;
        generate-lockfile)
            fail_if "$root/lockfile-fails" 101
            # As a runner of CI does that tells the first process alone.
            if [ -f "$root/lockfile-terminates" ]; then
                kill -TERM "$PPID"
                /bin/sleep 1
            fi
            RUSTC=${cargo%/*}/rustc exec "$cargo" "$@"
            ;;
        fetch)
            fail_if "$root/fetch-fails" 101
            ;;
    esac
done
echo "cargo on the host"
