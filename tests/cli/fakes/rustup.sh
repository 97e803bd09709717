#!/bin/sh
# A fake rustup. It adds targets and components to the fixture's toolchains. If the file `rustup-fails` exists, it prints the file and
# fails.

# shellcheck source=tests/cli/fakes/common.sh
. "${0%/*}/../fakes/common.sh"

fail_if "$root/rustup-fails"
case "$1 $2 $4" in
    "target add --toolchain")
        /bin/mkdir -p "$RUSTUP_HOME/toolchains/$5/lib/rustlib/$3/lib"
        ;;
    "component add --toolchain")
        lib=$RUSTUP_HOME/toolchains/$5/lib/rustlib
        case $3 in
            rust-src) /bin/mkdir -p "$lib/src/rust/library" ;;
            clippy) : >"$RUSTUP_HOME/toolchains/$5/bin/cargo-clippy" ;;
        esac
        if [ -f "$lib/components" ]; then
            echo "$3" >>"$lib/components"
        fi
        ;;
    *)
        echo "the fake rustup does not know \`$*\`" >&2
        exit 99
        ;;
esac
