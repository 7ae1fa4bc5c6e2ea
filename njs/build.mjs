// Builds dist/njs/tallygate.js. njs 0.7.9 parses a subset of ES2017. esbuild is told what is missing: it rewrites what
// it can and reports an error for the rest, so the build fails here and not in someone's NGINX.

import { mkdir, writeFile } from 'node:fs/promises';
import { build, context } from 'esbuild';

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

// `make coverage` names the folder that the counters write to.
const coverage = process.env.COVERAGE;
const { counters, counterFunction, writePoints } = coverage
  ? await import('../test/coverage/instrument.mjs')
  : {};

const options = {
  bundle: true,
  format: 'esm',
  target: 'es2017',
  supported: Object.fromEntries(missing.map((feature) => [feature, false])),
  external: ['crypto', 'fs'],
  charset: 'ascii',
  legalComments: 'none',
  write: false,
  plugins: coverage ? [counters] : [],
};

// `--watch`: builds again whenever a source changes, and tells the process that started it (make dev).
if (process.argv.includes('--watch')) await watch();
else await write();

async function write() {
  const rare = await bundle('njs/rare.ts');
  const main = await bundle('njs/tallygate.ts');

  // esbuild ends an ES module with `export { name as default };`, which njs 0.7.9 refuses.
  const pattern = /export \{\s*(\w+) as default\s*\};\s*$/;
  if (!pattern.test(main)) throw new Error('njs/tallygate.ts must have a default export and no other');
  await mkdir('dist/njs', { recursive: true });
  const module =
    importsFor(main, rare) +
    main.replace(pattern, (_, name) => `${asFunction('loadRare', rare)}\nexport default ${name};\n`);
  await writeFile('dist/njs/tallygate.js', coverage ? counterFunction(coverage, module) + module : module);
  if (coverage) await writePoints(coverage);
}

async function watch() {
  const written = {
    name: 'written',
    setup: (builder) =>
      builder.onEnd(async ({ errors }) => {
        if (errors.length === 0) await write();
        process.send?.({ built: errors.length === 0 });
      }),
  };
  const entryPoints = ['njs/rare.ts', 'njs/tallygate.ts'];
  const sources = await context({ ...options, entryPoints, outdir: 'dist/njs', plugins: [written] });
  await sources.watch();
  process.once('disconnect', () => process.exit());
}

/** The text of one ES module with everything it imports, except njs's own modules. */
async function bundle(entry) {
  const result = await build({ ...options, entryPoints: [entry] });
  return result.outputFiles[0].text;
}

/** The imports of njs's own modules that `inner` needs and `outer` does not have. */
function importsFor(outer, inner) {
  const imports = inner.match(/^import (crypto|fs) from "\1";$/gm) ?? [];
  return imports.map((line) => (outer.includes(line) ? '' : `${line}\n`)).join('');
}

/** An ES module as a function that returns its exports. The module around it imports njs's own modules for both. */
function asFunction(name, module) {
  const body = module
    .replace(/^import (crypto|fs) from "\1";$/gm, '')
    .replace(/export \{([^}]*)\};\s*$/, (_, names) => `return {${names}};`);
  if (/^(import|export) /m.test(body)) throw new Error(`${name}: an import or export that cannot be wrapped`);
  return `function ${name}() {\n${body}}`;
}
