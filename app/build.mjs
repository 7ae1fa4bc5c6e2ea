// Builds the programs: dist/tallygate.js (the `tallygate` command) and dist/run.js (`make run`, `make smoke`).
// Everything is bundled, so that an installation is one file and needs no node_modules.

import { chmod, readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));

await build({
  entryPoints: { tallygate: 'app/cli/main.ts', run: 'app/run/main.ts' },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  define: { 'process.env.TALLYGATE_VERSION': JSON.stringify(version) },
  // Some dependencies are CommonJS and ask for Node's modules with require().
  banner: {
    js: "import { createRequire as tallygateRequire } from 'node:module'; const require = tallygateRequire(import.meta.url);",
  },
  sourcemap: 'linked',
  legalComments: 'linked',
  logLevel: 'warning',
});
await chmod('dist/tallygate.js', 0o755);
