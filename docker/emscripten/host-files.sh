#!/bin/sh
# Extracts the code of Emscripten's file system for Node.js from a program that is linked with it. cross-runner.cjs uses it for programs
# that are not.
set -eu

work=$(mktemp -d)
cd "$work"
echo 'int main(void) { return 0; }' >main.c
/usr/share/emscripten/emcc -O1 main.c -lnodefs.js -sFORCE_FILESYSTEM -o main.js
{
	echo "// Emscripten's own code: MIT License, https://github.com/emscripten-core/emscripten/blob/main/LICENSE"
	echo "const fs = require('node:fs');"
	echo 'module.exports = ({ FS, PATH, mmapAlloc, heap }) => {'
	sed -n '/^  var ERRNO_CODES = {$/,/^ *};$/p' main.js
	sed -n '/^  var NODEFS = {$/,/^  };$/p' main.js | sed 's/\bHEAP8\b/heap()/g'
	echo '  NODEFS.staticInit();'
	echo '  return NODEFS;'
	echo '};'
} >/opt/cross/libexec/nodefs.cjs
cd /
rm -r "$work"
node -e 'require("/opt/cross/libexec/nodefs.cjs")({})'
