#!/bin/sh
# A fake rustc that answers cross's few questions. The sysroot is a directory of the fixture: the one that the file `sysroot` names, or
# else the channel's toolchain.

# shellcheck source=tests/cli/fakes/common.sh
. "${0%/*}/../fakes/common.sh"

host=x86_64-unknown-linux-gnu
channel=${RUSTUP_TOOLCHAIN-stable}
case $1 in
    +*)
        channel=${1#+}
        shift
        ;;
esac
toolchain "$channel"
sysroot=$RUSTUP_HOME/toolchains/$channel-$host
if [ -f "$root/sysroot" ]; then
    read -r sysroot <"$root/sysroot"
fi
for word; do
    case $word in
        host-tuple)
            fail_if "$root/old-rustc"
            ;;
    esac
done
for word; do
    case $word in
        sysroot) printf '%s\n' "$sysroot" ;;
        host-tuple) echo "$host" ;;
        target-list)
            if [ -f "$root/target-list" ]; then
                show "$root/target-list"
                exit
            fi
            for triple in aarch64-unknown-linux-gnu avr-none hexagon-unknown-linux-musl x86_64-unknown-freebsd \
                wasm32-unknown-unknown x86_64-unknown-linux-gnu x86_64-unknown-openbsd; do
                echo "$triple"
            done
            ;;
        target-spec-json)
            fail_if "$root/no-specification"
            echo '{"arch": "wasm32", "linker-flavor": "em-cc", "metadata": {"tier": 2}}'
            exit
            ;;
        -vV)
            echo "rustc 1.70.0 (90c541806 2023-05-31)"
            echo "binary: rustc"
            echo "commit-hash: 90c541806f23a127002de5b4038be731ba1458ca"
            echo "commit-date: 2023-05-31"
            echo "host: $host"
            echo "release: 1.70.0"
            echo "LLVM version: 16.0.2"
            ;;
    esac
done
