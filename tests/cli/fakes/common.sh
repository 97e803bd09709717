# The beginning of every fake program. It sets `root`, the directory of the fixture, and `name`, the name of the program; it records the
# call; and it has functions for a shell with no program on its PATH. The record of a call is `>>>` and the call's words, each with a NUL
# at its end. It is written at once, so that calls at the same time do not mix.
# shellcheck shell=sh

root=${0%/*}/..
name=${0##*/}
printf '%s\0' '>>>' "$name" "$@" >>"$root/log"

# Prints a file.
show() {
    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s\n' "$line"
    done <"$1"
}

# Prints a file on standard error and fails, if the file is there.
fail_if() {
    if [ -f "$1" ]; then
        show "$1" >&2
        exit "${2-1}"
    fi
}

# Pretends to install a missing toolchain, unless `RUSTUP_AUTO_INSTALL=0` forbids that, as rustup's proxies do.
toolchain() {
    if [ -f "$root/toolchain-missing" ]; then
        if [ "${RUSTUP_AUTO_INSTALL-1}" = 0 ]; then
            echo "error: toolchain '$1' is not installed" >&2
            exit 1
        fi
        echo "info: installing toolchain '$1'" >&2
        /bin/rm "$root/toolchain-missing"
    fi
}
