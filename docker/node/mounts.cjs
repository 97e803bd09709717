// What runners in Node.js show a program of the container's files: the mounts of the project and others, and nothing of the system's.
'use strict';
const fs = require('node:fs');

// The system's own directories.
const system = /^\/(?:boot|dev|dev\/shm|etc|proc|run|sys|usr|bin|sbin|lib|lib32|lib64|libx32|opt\/cross)?$/;
// Where engines, and cross itself, mount directories of their own.
const engines = /^\/(?:dev|etc|proc|sys|opt\/cross|run\/cross(?:-\w+)?|run\/secrets)\//;

// Where something else is mounted. `own` are the working directory and the program's: a project may lie anywhere, so what they lie in is
// none of an engine's.
exports.mounts = (own) => fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
	// The fifth field, in which octal numbers stand for blanks. https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
	.map((line) => line.split(' ')[4] ?? '/')
	.map((name) => name.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))))
	.filter((name) => !system.test(name))
	.filter((name) => !engines.test(`${name}/`) || own.some((directory) => `${directory}/`.startsWith(`${name}/`)));
