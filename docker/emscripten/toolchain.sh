#!/bin/sh
# Installs clang, Binaryen and Node.js, and unpacks the files of Emscripten that a row needs.
set -eu

: "${TRIPLE:?}" "${LLVM_VERSION:?}"

export DEBIAN_FRONTEND=noninteractive

fail() {
	echo "cross: $TRIPLE: a package that this target needs is not in the mirror (apt's message above says which)" >&2
	exit 1
}

# Programs of Binaryen that Emscripten does not start are left out.
apt-get -q update
apt-get -q install -y --no-install-recommends \
	-o 'Dpkg::Options::=--path-exclude=/usr/bin/wasm-fuzz-*' -o 'Dpkg::Options::=--path-exclude=/usr/bin/wasm-reduce' \
	-o 'Dpkg::Options::=--path-exclude=/usr/bin/wasm-shell' \
	binaryen "clang-$LLVM_VERSION" "lld-$LLVM_VERSION" node-acorn nodejs || fail

debs=$(mktemp -d)
cd "$debs"
apt-get -q -o APT::Sandbox::User=root download emscripten "llvm-$LLVM_VERSION" || fail

# Of LLVM's tools, those are unpacked that Emscripten starts or that handle objects and archives, with both of Debian's names.
llvm=usr/lib/llvm-$LLVM_VERSION
set --
for tool in ar cxxfilt dwarfdump dwp nm objcopy objdump ranlib readelf readobj size strings strip symbolizer; do
	set -- "$@" "./$llvm/bin/llvm-$tool" "./usr/bin/llvm-$tool-$LLVM_VERSION"
done
dpkg-deb --fsys-tarfile "llvm-${LLVM_VERSION}"_*.deb | tar -x -C / "$@"

# Emscripten's libraries have a variant for each way of linking, together 1.5 GB. A row has only those for programs of one thread that are
# compiled to objects. If another is needed, Emscripten's error names the missing file. The libraries' sources, from which they could be
# built, are left out.
set --
for pattern in \
	'sysroot/lib/wasm32-emscripten/lto*' 'sysroot/lib/wasm32-emscripten/pic' \
	'sysroot/lib/wasm32-emscripten/*-mt*' 'sysroot/lib/wasm32-emscripten/*-ww*' 'sysroot/lib/wasm32-emscripten/*san*'; do
	set -- "$@" "--exclude=./usr/share/emscripten/cache/$pattern"
done
for pattern in ChangeLog.html ChangeLog.txt README.html docs media system/lib test; do
	set -- "$@" "--exclude=./usr/share/emscripten/$pattern"
done
for pattern in applications doc-base lintian man; do
	set -- "$@" "--exclude=./usr/share/$pattern"
done
dpkg-deb --fsys-tarfile emscripten_*.deb | tar -x -C / --wildcards "$@"
# Without this change the error for a missing library would be a Python traceback.
# shellcheck disable=SC2016 # Python's
message='no `{os.path.basename(shortname)}` in this image: it has libraries for programs of one thread, without -flto, -fsanitize and dynamic linking'
sed -i "s|raise Exception(f'FROZEN_CACHE is set, but.*|utils.exit_with_error(f'$message')|" /usr/share/emscripten/tools/cache.py
# Objects of a newer LLVM, such as those of rustc's standard library, declare these parts of bulk memory and of reference types. Binaryen
# only knows each feature as a whole, so the parts' names are not passed on to it.
# https://github.com/WebAssembly/tool-conventions/blob/main/Lime.md
newer="'bulk-memory-opt', 'call-indirect-overlong'"
metadata=/usr/share/emscripten/tools/extract_metadata.py
sed -i "s|for f in features if f\[0\] == '+'\]|for f in features if f[0] == '+' and f[1] not in ($newer)]|" "$metadata"
grep -q "$newer" "$metadata"
# As the package's own installation does, Emscripten's programs are compiled to Python's bytecode. Otherwise each start takes longer.
python3 -m compileall -q /usr/share/emscripten/*.py /usr/share/emscripten/tools

cd /
rm -rf "$debs"
sh /opt/cross/libexec/clean.sh
