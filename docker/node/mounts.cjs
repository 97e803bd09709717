// What runners in Node.js show a program of the container's files: the mounts of the project and others, and nothing of the system's.
'use strict';
const fs = require('node:fs');

const system = /^\/(?:boot|dev|etc|proc|run|sys|usr|bin|sbin|lib\w*)(?:\/|$)|^\/opt\/cross(?:\/|$)/;

// Whether a directory is none that a program is shown.
exports.isSystem = (name) => name === '/' || system.test(name);

// Where something else is mounted.
exports.mounts = () => fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
	// The fifth field, in which octal numbers stand for blanks. https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
	.map((line) => line.split(' ')[4] ?? '/')
	.map((name) => name.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))))
	.filter((name) => !exports.isSystem(name));
