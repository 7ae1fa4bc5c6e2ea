// Builds dist/njs/tallygate.js. njs 0.7.9 parses a subset of ES2017: esbuild is told what is missing, lowers
// what it can and reports an error for the rest, so that the build fails here and not in someone's NGINX.

import { mkdir, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const missing = [
  'array-spread',
  'async-generator',
  'bigint',
  'class',
  'default-argument',
  'destructuring',
  'for-of',
  'generator',
  'logical-assignment',
  'object-rest-spread',
  'optional-chain',
  'regexp-unicode-property-escapes',
  'regexp-sticky-and-unicode-flags',
  'unicode-escapes',
];

const result = await build({
  entryPoints: ['njs/tallygate.ts'],
  bundle: true,
  format: 'esm',
  target: 'es2017',
  supported: Object.fromEntries(missing.map((feature) => [feature, false])),
  external: ['crypto', 'fs', 'querystring'],
  charset: 'ascii',
  legalComments: 'none',
  write: false,
});

// esbuild ends an ES module with `export { name as default };`, which njs 0.7.9 refuses.
const bundled = result.outputFiles[0].text;
const pattern = /export \{\s*(\w+) as default\s*\};\s*$/;
if (!pattern.test(bundled)) throw new Error('njs/tallygate.ts must have a default export and no other');
await mkdir('dist/njs', { recursive: true });
await writeFile('dist/njs/tallygate.js', bundled.replace(pattern, 'export default $1;\n'));
