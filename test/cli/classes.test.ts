// `tallygate classes test`: what the program would take user agents for.

import { spawn } from 'node:child_process';
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
    { agent: 'Mozilla/5.0', class: 'bot', client: 'Mozilla Bot', rule: 'nothing but Mozilla' },
  ]);
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
