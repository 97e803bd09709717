#!/bin/sh
# Installs clang, Binaryen and Node.js, and unpacks of Emscripten what a row needs.
set -eu

: "${TRIPLE:?}" "${LLVM_VERSION:?}"

export DEBIAN_FRONTEND=noninteractive

fail() {
	echo "cross: $TRIPLE: a package that this target needs is not in the mirror (apt's message above says which)" >&2
	exit 1
}

# Of Binaryen what Emscripten does not start is left out.
apt-get -q update
apt-get -q install -y --no-install-recommends \
	-o 'Dpkg::Options::=--path-exclude=/usr/bin/wasm-fuzz-*' -o 'Dpkg::Options::=--path-exclude=/usr/bin/wasm-reduce' \
	-o 'Dpkg::Options::=--path-exclude=/usr/bin/wasm-shell' \
	binaryen "clang-$LLVM_VERSION" "lld-$LLVM_VERSION" node-acorn nodejs || fail

debs=$(mktemp -d)
cd "$debs"
apt-get -q -o APT::Sandbox::User=root download emscripten "llvm-$LLVM_VERSION" || fail

# Of LLVM's tools only those that Emscripten starts, and those that handle objects and archives, under both of Debian's names.
llvm=usr/lib/llvm-$LLVM_VERSION
set --
for tool in ar cxxfilt dwarfdump dwp nm objcopy objdump ranlib readelf readobj size strings strip symbolizer; do
	set -- "$@" "./$llvm/bin/llvm-$tool" "./usr/bin/llvm-$tool-$LLVM_VERSION"
done
dpkg-deb --fsys-tarfile "llvm-${LLVM_VERSION}"_*.deb | tar -x -C / "$@"

# The libraries are there in a variant for each way of linking, 1.5 GB of them. A row has those for programs of one thread that are compiled
# to objects; whoever asks for another is told by Emscripten which file it is that is missing. The sources would serve to build them.
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
# What Emscripten says of it would be a trace of its own calls.
# shellcheck disable=SC2016 # Python's
message='no `{os.path.basename(shortname)}` in this image: it has libraries for programs of one thread, without -flto, -fsanitize and dynamic linking'
sed -i "s|raise Exception(f'FROZEN_CACHE is set, but.*|utils.exit_with_error(f'$message')|" /usr/share/emscripten/tools/cache.py
# An object of a newer LLVM, as rustc's standard library is, says that it uses these parts of bulk memory and of reference types, which Binaryen
# knows as a whole only. https://github.com/WebAssembly/tool-conventions/blob/main/Lime.md
newer="'bulk-memory-opt', 'call-indirect-overlong'"
metadata=/usr/share/emscripten/tools/extract_metadata.py
sed -i "s|for f in features if f\[0\] == '+'\]|for f in features if f[0] == '+' and f[1] not in ($newer)]|" "$metadata"
grep -q "$newer" "$metadata"
# What the package's own installation does: Python's compiled form of the programs, without which each start takes longer.
python3 -m compileall -q /usr/share/emscripten/*.py /usr/share/emscripten/tools

cd /
rm -rf "$debs"
sh /opt/cross/libexec/clean.sh
