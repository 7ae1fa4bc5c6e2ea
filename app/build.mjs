// Builds the programs: dist/tallygate.js (the `tallygate` command) and dist/run.js (`make run`, `make smoke`).
// Everything is bundled, so that an installation is one file and needs no node_modules.

import { appendFile, chmod, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, context } from 'esbuild';

// `import text from './file.svg?raw'`: the file as text inside the bundle. Vite, and so vitest, reads it alike.
const raw = {
  name: 'raw',
  setup(builder) {
    builder.onResolve({ filter: /\?raw$/ }, ({ path: name, resolveDir }) => ({
      path: path.join(resolveDir, name.slice(0, -'?raw'.length)),
      namespace: 'raw',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'raw' }, async ({ path: file }) => ({
      contents: await readFile(file, 'utf8'),
      loader: 'text',
      watchFiles: [file],
    }));
  },
};

// `import text from './index.css?inline'`: the stylesheet, joined with all it imports, as text. Vite reads it alike.
const stylesheet = {
  name: 'stylesheet',
  setup(builder) {
    builder.onResolve({ filter: /\.css\?inline$/ }, ({ path: name, resolveDir }) => ({
      path: path.join(resolveDir, name.slice(0, -'?inline'.length)),
      namespace: 'stylesheet',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'stylesheet' }, async ({ path: file }) => {
      const joined = await build({
        entryPoints: [file],
        bundle: true,
        write: false,
        metafile: true,
        minifyWhitespace: true,
        logLevel: 'warning',
      });
      return {
        contents: joined.outputFiles[0].text,
        loader: 'text',
        watchFiles: Object.keys(joined.metafile.inputs).map((name) => path.resolve(name)),
      };
    });
  },
};

// How wide the letters of a badge are is 900 KB of numbers. As text they cost nothing until a badge is drawn; as JavaScript
// they would be parsed whenever any command starts.
const widths = {
  name: 'widths',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]anafanafo[\\/]data[\\/].*\.json$/ }, async ({ path: file }) => ({
      contents: `module.exports = JSON.parse(${JSON.stringify(await readFile(file, 'utf8'))});`,
      loader: 'js',
    }));
  },
};

// zod re-exports its messages in fifty languages; ours are English, and the rest is a fifth of what zod weighs.
const oneLanguage = {
  name: 'one-language',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    }));
  },
};

/** As `build`, which resolves once and builds again for ever. */
async function watchAnd(options) {
  const told = {
    name: 'told',
    setup: (builder) => builder.onEnd(({ errors }) => void process.send?.({ built: errors.length === 0 })),
  };
  await (await context({ ...options, plugins: [...options.plugins, told] })).watch();
  process.once('disconnect', () => process.exit());
}

const { version } = JSON.parse(await readFile('package.json', 'utf8'));

// `--failpoints [FOLDER]`: the program that test/faults kills at chosen places, beside the one that ships.
const failpointsAt = process.argv.indexOf('--failpoints');
const failpoints = failpointsAt !== -1;
// `--watch`: builds again whenever a source changes, and tells the process that started it (make dev).
const watch = process.argv.includes('--watch');
// `NAME=FILE`: another program that uses what ours uses, such as a bench.
const other = process.argv.slice(2).filter((argument) => argument.includes('='));
const outdir = failpoints ? (process.argv[failpointsAt + 1] ?? 'dist/failpoints') : 'dist';

// `make coverage`: each statement stays one, so that what is counted can be told of the source.
const coverage = process.env.COVERAGE !== undefined;

await (watch ? watchAnd : build)({
  entryPoints:
    other.length > 0
      ? Object.fromEntries(other.map((argument) => argument.split('=')))
      : {
          tallygate: 'app/cli/main.ts',
          // The thread that prints cards. Only it needs the library for PDF.
          cards: 'app/service/codes/print/worker.ts',
          ...(failpoints
            ? {}
            : { run: 'app/run/main.ts', dev: 'app/run/dev.ts', deploy: 'app/deploy/main.ts' }),
        },
  outdir,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  define: { 'process.env.TALLYGATE_VERSION': JSON.stringify(version), __FAILPOINTS__: String(failpoints) },
  // Some dependencies are CommonJS and ask for Node's modules with require().
  banner: {
    js: "import { createRequire as tallygateRequire } from 'node:module'; const require = tallygateRequire(import.meta.url);",
  },
  plugins: [raw, stylesheet, oneLanguage, widths],
  // Names stay, for stack traces; what goes is a third of the text, and 5 MB of every process's memory.
  minifyWhitespace: !coverage,
  minifySyntax: !coverage,
  // Node writes a linked map into what it says of coverage, whole, for every process.
  sourcemap: coverage ? 'external' : 'linked',
  legalComments: 'linked',
  logLevel: 'warning',
});
if (!failpoints && !watch && other.length === 0) {
  // The published lists of user agents are in the bundle as data: their licences go with it.
  const folder = 'app/ingest/record/user-agents';
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.LICENSE'))) {
    const text = await readFile(path.join(folder, name), 'utf8');
    await appendFile(
      `${outdir}/tallygate.js.LEGAL.txt`,
      `\n${name.replace('.LICENSE', '.json')}:\n${text.replace(/^(?=.)/gm, '  ')}`,
    );
  }
}
if (!failpoints && !watch) {
  // What other programs import as tallygate/client: no dependency, for any runtime that has fetch.
  await build({
    entryPoints: { client: 'app/client/client.ts' },
    outdir: `${outdir}/client`,
    bundle: true,
    platform: 'neutral',
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  });
}
if (!watch) await chmod(`${outdir}/tallygate.js`, 0o755);
