// usage: imports.mjs <program>
// Prints the modules that a WebAssembly program imports from.
import fs from 'node:fs';

const module = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
const names = WebAssembly.Module.imports(module).map((one) => one.module);
console.log([...new Set(names)].sort().join(' '));
