// Coverage of everything a run of the tests starts. vitest's own provider sees what tests import; to that comes what the
// built programs did (each Node process writes it where NODE_V8_COVERAGE says, and hands that on to its children), and
// what NGINX did (instrument.mjs). Only a process killed with -9 says nothing.

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { mergeProcessCovs } from '@bcoe/v8-coverage';
import v8 from '@vitest/coverage-v8';

const root = path.join(import.meta.dirname, '../..');
const folder = process.env.COVERAGE ?? '';

export default {
  ...v8,
  async getProvider() {
    const provider = await v8.getProvider();
    const ofVitest = provider.generateCoverage.bind(provider);
    provider.generateCoverage = async (context) => {
      const map = await ofVitest(context);
      await addPrograms(provider, map);
      await addNjs(map);
      // Bundles hold packages, too.
      map.filter((file) => /^(app|njs)\//.test(path.relative(root, file)) && existsSync(file));
      return map;
    };
    return provider;
  },
};

/** Adds what the built programs did. Copies that a test has installed elsewhere count as what they are copies of. */
async function addPrograms(provider, map) {
  const names = (await readdir(folder)).filter((name) => /^coverage-.*\.json$/.test(name));
  const programs = [
    'dist/tallygate.js',
    'dist/cards.js',
    'dist/run.js',
    'dist/deploy.js',
    'dist/failpoints/tallygate.js',
  ];
  for (const program of programs) {
    let merged = { result: [] };
    for (const name of names) {
      const { result } = JSON.parse(await readFile(path.join(folder, name), 'utf8'));
      const isCopy = program.startsWith('dist/failpoints/')
        ? (url) => url.endsWith(program)
        : (url) => path.basename(url) === path.basename(program) && !url.includes('/failpoints/');
      const scripts = result.filter(({ url }) => url.startsWith('file:') && isCopy(url));
      const url = pathToFileURL(path.join(root, program)).href;
      merged = mergeProcessCovs([merged, ...scripts.map((script) => ({ result: [{ ...script, url }] }))]);
    }
    for (const { url, functions } of merged.result) {
      const code = await readFile(path.join(root, program), 'utf8');
      const sourceMap = JSON.parse(await readFile(path.join(root, `${program}.map`), 'utf8'));
      map.merge(await provider.remapCoverage(url, 0, { code, map: sourceMap }, functions));
    }
  }
}

/** Adds what NGINX did. */
async function addNjs(map) {
  const { files, points } = JSON.parse(await readFile(path.join(folder, 'njs-points.json'), 'utf8'));
  for (const number of (await readFile(path.join(folder, 'njs-reached'), 'utf8')).split(' ').map(Number)) {
    const point = points[number];
    const data = point && files[point.file]?.data;
    if (!data) continue;
    if (point.kind === 'b') (data.b[point.id] ?? [])[point.arm ?? 0] = 1;
    else data[point.kind][point.id] = 1;
  }
  map.merge(Object.fromEntries(Object.entries(files).map(([file, { data }]) => [file, data])));
}
