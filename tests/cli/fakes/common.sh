# Read by every fake program: says where the fixture is, writes the call down, and brings what a
# shell without any program on its PATH needs. A call is one run of NUL-ended words behind `>>>`,
# written at once so that calls made side by side stay apart.
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

# As rustup's proxies do: a toolchain that is missing is installed, unless that is forbidden.
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
