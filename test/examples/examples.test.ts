// Every example of every Markdown file and of --help, as it is written: run, or named in not-run.ts with a reason.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../app/config/load.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';
import { whole } from '../link/examples/links.ts';
import { blocks, commands, type Example, isCommand, mentions } from './list.ts';
import { startsNginx } from './nginx.ts';
import { notRun } from './not-run.ts';
import { type SetUp, startSetUp } from './set-up.ts';
import { isSigner, missingFor, signsAsWeDo } from './signing.ts';

let setUp: SetUp;
beforeAll(async () => {
  setUp = await startSetUp();
});
afterAll(() => setUp?.stop());

const named = (all: readonly Example[]) => all.map((one) => [`${one.where} ${one.text}`, one.text] as const);
const reasonFor = (text: string) => notRun.find(({ command }) => command.test(text));
// `keys rotate` waits for the edges: test/edges/keys.test.ts has some.
const isEndless = (text: string) => /--watch\b|^tallygate keys rotate(?! --ring)/.test(text);
/** Commands that end with another code than 0, which is what they say. */
const ends: { command: RegExp; codes: number[] }[] = [
  // A link with its arguments left out, and a cookie.
  { command: /^tallygate explain .*\.\.\./, codes: [3] },
  // It looks at the NGINX that this machine may have, not at ours.
  { command: /^(sudo )?tallygate doctor$/, codes: [0, 1] },
];

describe('commands', () => {
  test.each(named(commands.filter(({ text }) => !reasonFor(text) && !isEndless(text))))(
    '%s',
    async (_, text) => {
      const { code, stdout, stderr } = await setUp.run(text);
      const expected = ends.find(({ command }) => command.test(text))?.codes ?? [0];
      expect(expected, stdout + stderr).toContain(code);
      expect(stderr).not.toContain('unexpected fault');
    },
  );

  test.each(named(commands.filter(({ text }) => isEndless(text))))('%s, for a while', async (_, text) => {
    const { signal, stdout, stderr } = await setUp.runAWhile(text);
    expect(stdout, stderr).not.toBe('');
    expect(signal).toBe('SIGTERM');
  });

  test.each(named(mentions))('%s is a command', (_, text) => {
    expect(isCommand(text.split(' ').slice(1))).toBe(true);
  });

  const targets = [...commands, ...mentions].flatMap(({ where, text }) => {
    const words = /^make (.+)/.exec(text)?.[1]?.split(' ') ?? [];
    return words.filter((word) => /^[a-z-]+$/.test(word)).map((word) => [`${where}: ${text}`, word] as const);
  });
  test.each(targets)('%s names a target of the Makefile', (_, target) => {
    expect(readFileSync(path.join(projectRoot, 'Makefile'), 'utf8')).toContain(`\n${target}:`);
  });
});

const ofLanguage = (...languages: string[]) =>
  named(blocks.filter(({ language }) => languages.includes(language)));

test.each(ofLanguage('nginx'))('%s', async (_, text) => startsNginx(text));

test.each(ofLanguage('sql'))('%s', async (_, text) => {
  class Undo extends Error {}
  const done = setUp.edge.database.sql.begin(async (sql) => {
    await sql.unsafe(text);
    throw new Undo();
  });
  await expect(done).rejects.toThrow(Undo);
});

test.each(ofLanguage('toml'))('%s', async (_, text) => {
  const file = path.join(await temporaryFolder('toml'), 'tallygate.toml');
  await writeFile(file, text);
  expect(loadConfig({ file, env: {} })).toBeDefined();
});

test.each(ofLanguage('js'))('%s', async (_, text) => {
  const { nginx, apiKey } = setUp.edge;
  const here = text.replace('https://dl.example.org', nginx.url).replace('/files/album.zip', '/files/a.bin');
  // From the project's own folder the package is found by its name, as from any that installed it.
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', here], {
    cwd: projectRoot,
    env: { TALLYGATE_KEY: apiKey },
  });
  const [link, downloads] = stdout.trim().split('\n');
  expect((await fetch(link as string)).status).toBe(200);
  expect(downloads).toBe('0');
});

test('the mistake that CONTRIBUTING.md adds: its row undoes its example', () => {
  const address = whole();
  const [row, example] = ofLanguage('ts').map(([, text]) =>
    new Function('whole', `return {${text}}`)(() => address),
  );
  const [name] = Object.keys(row) as [string];
  expect(example[name].address).not.toBe(address);
  expect(row[name].mend(example[name].address)).toBe(address);
  for (const part of ['says', 'remedy']) expect(row[name][part]).toContain(example[name][part]);
});

for (const { where, language, text } of blocks.filter((one) => isSigner(one.language))) {
  const missing = missingFor(language);
  test.skipIf(missing)(
    `${where} ${language} signs as we do${missing ? ` (${missing} is missing)` : ''}`,
    () => signsAsWeDo(language, text),
  );
}

test('no block escapes: each is in a language that is run here', () => {
  const run = (language: string) =>
    ['nginx', 'sql', 'toml', 'js', 'ts'].includes(language) || isSigner(language);
  expect(blocks.filter(({ language }) => !run(language))).toEqual([]);
});

test('every reason not to run something is needed', () => {
  expect(notRun.filter(({ command }) => !commands.some(({ text }) => command.test(text)))).toEqual([]);
});
