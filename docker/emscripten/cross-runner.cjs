#!/usr/bin/node --no-warnings
// usage: cross-runner <program> [argument]...
// Runs a program that Emscripten has linked, in Node.js, with what a program of a system has: standard streams of bytes, the environment, the
// files of the project. Emscripten gives programs a file system in memory, unless they are linked for Node.js alone, and then no browser
// runs them. So what is linked stays as it is, and the files are mounted here.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const tty = require('node:tty');
const vm = require('node:vm');
const { createRequire } = require('node:module');
const { mounts } = require('./mounts.cjs');

function fail(status, message) {
	process.stderr.write(`cross-runner: ${message}\n`);
	process.exit(status);
}

// The directories of the container: the working directory and the program's, mounts of the project and others. Emscripten's devices, and
// what it has of /proc, stay.
function directories(program) {
	const own = [process.cwd(), path.dirname(program)];
	const known = ['/tmp', ...own, ...mounts(own)].filter((name) => !/^\/(?:dev|proc(?:\/.*)?)?$/.test(name))
		.filter((name) => fs.statSync(name, { throwIfNoEntry: false })?.isDirectory());
	// What is below another is seen there.
	return [...new Set(known)].filter((name) => !known.some((other) => name.startsWith(`${other}/`)));
}

// Reads and writes bytes, where Emscripten's own streams have lines of text. https://emscripten.org/docs/api_reference/Filesystem-API.html
function streams(FS) {
	const again = (call) => {
		for (;;) {
			try {
				return call();
			} catch (error) {
				if (error.code === 'EOF') {
					return 0;
				}
				if (error.code === 'EAGAIN') {
					// The other end is slow, and does not block.
					Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
				} else {
					throw new FS.ErrnoError(error.code === 'EPIPE' ? 64 : 29);
				}
			}
		}
	};
	for (const fd of [0, 1, 2]) {
		const stream = FS.streams[fd];
		const view = (buffer, offset, length) => new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
		stream.stream_ops = {
			...stream.stream_ops,
			read: (_, buffer, offset, length) => again(() => fs.readSync(fd, view(buffer, offset, length))),
			write: (_, buffer, offset, length) => again(() => fs.writeSync(fd, view(buffer, offset, length))),
			fsync: () => 0,
		};
		if (!tty.isatty(fd)) {
			stream.tty = undefined;
		}
	}
}

// Before the program runs, with what it has of Emscripten's library.
function prepare({ FS, ENV, PATH, mmapAlloc, heap }, program) {
	if (ENV) {
		Object.assign(ENV, process.env);
	}
	if (!FS || !PATH || typeof FS.mount !== 'function') {
		return;
	}
	if (!FS.initialized && !FS.init.initialized) {
		FS.init();
	}
	streams(FS);
	const files = require('./nodefs.cjs')({ FS, PATH, mmapAlloc, heap });
	for (const name of directories(program)) {
		FS.mkdirTree(name);
		FS.mount(files, { root: name }, name);
	}
	FS.chdir(process.cwd());
}

const [given, ...rest] = process.argv.slice(2);
if (given === undefined) {
	fail(2, 'usage: cross-runner <program> [argument]...');
}
if (process.env.CROSS_RUNNER) {
	fail(2, `CROSS_RUNNER=${process.env.CROSS_RUNNER}: programs of Emscripten run in Node.js alone`);
}
let program;
let code;
try {
	// Its WebAssembly is beside it.
	program = fs.realpathSync(given);
	code = fs.readFileSync(program, 'utf8');
} catch (error) {
	// as a shell has it
	fail(error.code === 'ENOENT' ? 127 : 126, `cannot run \`${given}\`: ${error.message}`);
}
process.argv = [process.argv[0], given, ...rest];

// What wasmtime makes of a trap: a panic that does not unwind has ended the program.
process.on('uncaughtException', (error) => {
	fs.writeSync(2, `${error?.stack ?? error}\n`);
	process.exit(134);
});

// Emscripten's names are local to the program's code, which declares `Module` only where nobody has.
// https://emscripten.org/docs/api_reference/module.html
const parts = ['FS', 'ENV', 'PATH', 'mmapAlloc'].filter((name) => new RegExp(`\\b(?:var|let|const|function) ${name}\\b`).test(code));
const Module = {
	// In debug builds it is said of every program that ends itself that timers, of which it has none, would go on.
	printErr: (text) => text.startsWith('program exited (with status: ') || fs.writeSync(2, `${text}\n`),
};
Module.preRun = [() => prepare(Module.crossParts(), program)];
const hook = `Module.crossParts = () => ({ ${parts.join(', ')}${parts.length ? ', ' : ''}heap: () => HEAP8 });`;
let run;
try {
	const names = ['exports', 'require', 'module', '__filename', '__dirname', 'Module'];
	run = vm.compileFunction(`${hook} ${code}`, names, { filename: program, importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER });
} catch (error) {
	fail(126, `cannot run \`${given}\`: ${error.message}`);
}
const module_ = { exports: {}, filename: program };
run.call(module_.exports, module_.exports, createRequire(program), module_, program, path.dirname(program), Module);
