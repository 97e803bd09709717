#!/bin/sh
# A fake cargo. If the file `cargo-is-real` exists, it starts the real cargo for every command. Otherwise:
# - `metadata` and `generate-lockfile` are answered by the real cargo. If the real one cannot be reached, the file
#   `metadata.json` is the answer to `metadata`.
# - `fetch` is carried out by the real cargo if the file `fetch-is-real` exists.
# - The answer to `-V` is the file `cargo-version`.
# - All other commands only print that cargo ran.

# shellcheck source=tests/cli/fakes/common.sh
. "${0%/*}/../fakes/common.sh"

# The real cargo is not rustup's proxy, so it does not understand `+nightly`. It may be stable in a test that names a nightly, so
# `RUSTC_BOOTSTRAP` lets it accept the options of nightlies.
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
toolchain "$channel"
for word; do
    case $word in
        -V)
            if [ -f "$root/cargo-version" ]; then
                show "$root/cargo-version"
                exit
            fi
            ;;
        metadata)
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
            # Some CI services send the signal to the first process alone, as is done here.
            if [ -f "$root/lockfile-terminates" ]; then
                kill -TERM "$PPID"
                /bin/sleep 1
            fi
            RUSTC=${cargo%/*}/rustc exec "$cargo" "$@"
            ;;
        fetch)
            fail_if "$root/fetch-fails" 101
            if [ -f "$root/fetch-is-real" ]; then
                RUSTC=${cargo%/*}/rustc exec "$cargo" "$@"
            fi
            ;;
    esac
done
echo "cargo on the host"
