// `tallygate classes test`: what the program would take user agents for.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { projectRoot } from '../harness/folders.ts';
import { tallygate } from '../harness/program.ts';

const env = { TALLYGATE_CLASSES_DENY: '^MirrorProbe/', TALLYGATE_CLASSES_DROP: '^atc/' };

it('prints class, program and rule of each, under the configuration', async () => {
  const agents = ['AntennaPod/3.2.0', 'MirrorProbe/1.0', 'atc/1.0 watchOS/10.3', '', 'curl/8 \u001b[31m'];
  const { stdout, code } = await tallygate(['classes', 'test', ...agents], { env });
  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['class', 'client', 'rule', 'user agent'],
    ['tool', 'AntennaPod', 'opawg app AntennaPod', 'AntennaPod/3.2.0'],
    ['bot', 'MirrorProbe', 'classes.deny ^MirrorProbe/', 'MirrorProbe/1.0'],
    ['dropped', 'Apple Podcasts (Watch)', 'classes.drop ^atc/', 'atc/1.0 watchOS/10.3'],
    ['bot', 'none', 'no user agent'],
    ['tool', 'curl', 'tool curl', 'curl/8 \\u001b[31m'],
    [''],
  ]);
});

it('reads a list from standard input, and prints JSON', async () => {
  const child = spawn(process.execPath, ['dist/tallygate.js', 'classes', 'test', '--json', '-'], {
    cwd: projectRoot,
    env: { PATH: process.env.PATH, TALLYGATE_CONFIG: '/dev/null' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end('Wget/1.21.4\r\n\nMozilla/5.0\n');
  expect(JSON.parse(await text(child.stdout))).toEqual([
    { agent: 'Wget/1.21.4', class: 'tool', client: 'wget', rule: 'tool wget' },
    { agent: '', class: 'bot', client: 'none', rule: 'no user agent' },
    { agent: 'Mozilla/5.0', class: 'bot', client: 'Mozilla Bot', rule: 'nothing but a browser' },
  ]);
});

it('counts the classes of lists, and shows those asked for', async () => {
  const lists = path.join(projectRoot, 'test/ingest/record/user-agents/lists');
  const files = ['crawlers.woothee.txt', 'browsers.user-agents.txt'].map((name) => path.join(lists, name));
  const named = files.flatMap((file) => ['--file', file]);
  const { stdout } = await tallygate(['classes', 'test', ...named], { env });
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['list', 'user agents', 'person', 'tool', 'bot', 'dropped', 'bots of 100'],
    [files[0], '82', '0', '2', '80', '0', '97.56'],
    [files[1], '400', '400', '0', '0', '0', '0.00'],
    [''],
  ]);
  const tools = await tallygate(['classes', 'test', ...named, '--only', 'tool', '--json'], { env });
  expect(JSON.parse(tools.stdout)).toHaveLength(2);
});

it.each([
  [[], /nothing says which user agents/],
  [['curl/8', '--file', '/dev/null'], /one of these only/],
  [['--file', '/nonexistent/list'], /cannot read \/nonexistent\/list/],
])('%j is refused', async (args, message) => {
  const { stderr, code } = await tallygate(['classes', 'test', ...args], { env });
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});

it('its help teaches: the classes, the order of judgement, commands to copy', async () => {
  const { stdout } = await tallygate(['classes', 'test', '--help']);
  for (const word of [
    'person',
    'tool',
    'bot',
    'dropped',
    'first rule that fits',
    'reclassify',
    "'AntennaPod/3.2.0'",
  ])
    expect(stdout).toContain(word);
});
