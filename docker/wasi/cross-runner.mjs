#!/usr/bin/node --no-warnings
// usage: cross-runner <program> [argument]...
// Runs a WebAssembly program in Node.js, which gives it WASI. https://nodejs.org/docs/latest-v20.x/api/wasi.html
import fs from 'node:fs';
import path from 'node:path';
import { WASI } from 'node:wasi';
import { mounts } from './mounts.cjs';

function fail(status, message) {
	process.stderr.write(`cross-runner: ${message}\n`);
	process.exit(status);
}

// What a program is shown of the files. To wasi-libc `/x` and `x` are the same path, of which the longest name of a directory decides
// where it begins: relative paths are searched for in the working directory, and absolute ones below what was mounted for the project,
// the working directory and the program. So no directory at the root is shown but /tmp, or a relative path could mean it.
// https://github.com/WebAssembly/wasi-libc/blob/main/libc-bottom-half/sources/preopens.c
function directories(program) {
	const shown = { '.': '.' };
	const own = [process.cwd(), path.dirname(path.resolve(program))];
	for (const name of ['/tmp', ...own, ...mounts(own)]) {
		if (name !== '/' && fs.statSync(name, { throwIfNoEntry: false })?.isDirectory()) {
			shown[name] = name;
		}
	}
	return shown;
}

const [program, ...rest] = process.argv.slice(2);
if (program === undefined) {
	fail(2, 'usage: cross-runner <program> [argument]...');
}
const wanted = process.env.CROSS_RUNNER;
if (wanted) {
	fail(2, `CROSS_RUNNER=${wanted}: programs for WASI run in Node.js alone`);
}
let module;
try {
	module = new WebAssembly.Module(fs.readFileSync(program));
} catch (error) {
	// as a shell has it
	fail(error.code === 'ENOENT' ? 127 : 126, `cannot run \`${program}\`: ${error.message}`);
}
const wasi = new WASI({ version: 'preview1', args: [program, ...rest], env: process.env, preopens: directories(program) });
let status;
try {
	status = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
} catch (error) {
	if (error instanceof WebAssembly.LinkError) {
		fail(126, `cannot run \`${program}\`: ${error.message}`);
	}
	// What wasmtime makes of a trap, too: a panic has ended the program.
	process.stderr.write(`${error.stack}\n`);
	status = 134;
}
// At once: nothing that is left may keep the program running.
process.exit(status);
