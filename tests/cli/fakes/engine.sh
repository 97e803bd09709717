#!/bin/sh
# A fake engine, for docker and podman. It remembers images: `build`, `pull`, `tag` and `import` give an image its name, by which
# `image inspect` then finds it. Files in the fixture make a command fail.

# shellcheck source=tests/cli/fakes/common.sh
. "${0%/*}/../fakes/common.sh"

# The path of the file that stands for an image.
file_of() {
    rest=$1
    out=
    while :; do
        case $rest in
            */*)
                out=${out}${rest%%/*}_
                rest=${rest#*/}
                ;;
            *) break ;;
        esac
    done
    printf '%s' "$root/images/$name/$out$rest"
}

store() {
    printf '[{"Id":"sha256:1234567890abcdef","Size":7,"Config":{"Labels":{"cross.recipe":"%s"}}}]\n' \
        "$2" >"$(file_of "$1")"
}

# Prints the names of all images.
list() {
    fail_if "$root/list-fails"
    for file in "$root/images/$name"/*; do
        case ${file##*/} in
            '*') ;;
            localhost_cross_custom_*) printf 'localhost/cross/custom/%s\n' "${file##*/localhost_cross_custom_}" ;;
            localhost_cross_*) printf 'localhost/cross/%s\n' "${file##*/localhost_cross_}" ;;
            *) printf '%s\n' "${file##*/}" ;;
        esac
    done
}

build() {
    tag=
    label=
    file=
    for word; do
        case $previous in
            --tag) tag=$word ;;
            --file) file=$word ;;
            --label) case $word in cross.recipe=*) label=${word#*=} ;; esac ;;
        esac
        previous=$word
    done
    echo "Step 1/2 : FROM somewhere"
    case $tag in
        */base:*) fail_if "$root/base-build-fails" ;;
        */custom/*) fail_if "$root/custom-build-fails" ;;
        *)
            if [ -f "$root/row-build-fails-once" ]; then
                show "$root/row-build-fails-once" >&2
                /bin/rm "$root/row-build-fails-once"
                exit 1
            fi
            fail_if "$root/row-build-fails"
            ;;
    esac
    echo "Step 2/2 : RUN something"
    # Keep the context and the Dockerfile of the last build, for tests that have made the directory.
    if [ -d "$root/built" ]; then
        /bin/rm -rf "$root/built"
        /bin/cp -R "$word" "$root/built"
        /bin/cp "$file" "$root/built/Dockerfile"
    fi
    store "$tag" "$label"
}

# Runs a command. Each run takes the first line of the file `run-exits` as its exit code, 0 if there is none.
run() {
    code=0
    rest=
    if [ -s "$root/run-exits" ]; then
        {
            read -r code
            while read -r line; do
                rest="$rest$line
"
            done
        } <"$root/run-exits"
        printf '%s' "$rest" >"$root/run-exits"
    fi
    # With `--open`, cargo starts the program in `doc.browser`, which writes the path of the page into a file. Write it here.
    if [ -f "$root/page" ]; then
        for word; do
            case $word in
                doc.browser=*)
                    file=${word%\"]}
                    file=${file##*\"}
                    /bin/mkdir -p "${file%/*}"
                    read -r page <"$root/page"
                    printf %s "$page" >"$file"
                    ;;
            esac
        done
    fi
    # The script `leaves` plays cargo and the programs that it starts. It finds the build directory in `dir`.
    if [ -f "$root/leaves" ]; then
        for word; do
            case $word in
                build.build-dir=*)
                    dir=${word#*\"}
                    dir=${dir%\"}
                    ;;
            esac
        done
        # shellcheck source=/dev/null
        . "$root/leaves"
    fi
    echo "in the container"
    exit "$code"
}

case "$1 $2" in
    "image inspect")
        fail_if "$root/inspect-fails"
        file=$(file_of "$3")
        if [ ! -f "$file" ]; then
            echo '[]'
            case $name in
                podman) echo "Error: $3: image not known" >&2 ;;
                *) echo "Error: No such image: $3" >&2 ;;
            esac
            exit 1
        fi
        show "$file"
        ;;
    "build "*) build "$@" ;;
    "run "*) run "$@" ;;
    "pull "*)
        fail_if "$root/pull-fails"
        store "$3" ""
        ;;
    "info "*)
        fail_if "$root/info-fails"
        if [ -f "$root/info-hangs" ]; then
            echo "$$" >"$root/info-hangs"
            exec /bin/sleep 600
        fi
        echo '{"host":{"security":{"rootless":false}},"store":{"graphDriverName":"overlay","graphRoot":"/"},"version":{"Version":"5.4.2"}}'
        ;;
    "manifest inspect") fail_if "$root/registry-fails" ;;
    "image ls") list ;;
    "image rm") /bin/rm "$(file_of "$3")" ;;
    "tag "*)
        if [ -f "$(file_of "$2")" ]; then
            /bin/cp "$(file_of "$2")" "$(file_of "$3")"
        else
            store "$3" ""
        fi
        ;;
    "import "*)
        /bin/cat >"$root/imported"
        fail_if "$root/import-fails"
        label=
        for word; do
            case $word in "--change=LABEL cross.recipe="*) label=${word##*=} ;; esac
        done
        store 1234567890abcdef "$label"
        echo 1234567890abcdef
        ;;
    *)
        echo "the fake $name does not know \`$*\`" >&2
        exit 99
        ;;
esac
