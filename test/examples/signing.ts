// The signing snippets of nginx/README.md, as they stand there, against the golden vectors: each where its language
// is at hand.

import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { signLink } from '../../app/link/sign.ts';
import { temporaryFolder } from '../harness/folders.ts';
import vectors from '../vectors.json' with { type: 'json' };

type Case = { key: string; secret: string; path: string; expires: number; link: string };
type Language = { command: string[]; program: (code: string, one: Case) => string };

const vector = vectors.hs256[0];
if (!vector) throw new Error('no vectors');
const key = { id: vector.key.id, secret: vector.key.secret, since: '2026-11-21' };
const cases: Case[] = ['/files/album.zip', '/files/Größe b+c.mp3', "/a'(b)*!~/c&d=e"].map((file) => ({
  key: key.id,
  secret: key.secret,
  path: file,
  expires: 1795300000,
  link: signLink({ ...key, kind: 'hs256' }, { path: file, expires: 1795300000 }, ''),
}));

const quoted = (text: string) => `'${text.replaceAll("'", "\\'")}'`;

/** How each language runs a program that holds the snippet and prints a link. */
const languages: Readonly<Record<string, Language>> = {
  php: {
    command: ['php'],
    program: (code, c) =>
      `<?php\n${code}\necho tallygate_link('${c.key}', '${c.secret}', ${quoted(c.path)}, ${c.expires});`,
  },
  python: {
    command: ['python3'],
    program: (code, c) =>
      `${code}\nprint(tallygate_link("${c.key}", "${c.secret}", ${JSON.stringify(c.path)}, ${c.expires}))`,
  },
  ruby: {
    command: ['ruby'],
    program: (code, c) =>
      `${code}\nputs tallygate_link("${c.key}", "${c.secret}", ${JSON.stringify(c.path)}, ${c.expires})`,
  },
  perl: {
    command: ['perl'],
    program: (code, c) =>
      `use utf8;\n${code}\nprint tallygate_link('${c.key}', '${c.secret}', ${quoted(c.path)}, ${c.expires});`,
  },
  sh: {
    command: ['sh'],
    program: (code, c) => `${code}\ntallygate_link ${c.key} ${c.secret} '${c.path}' ${c.expires}`,
  },
  go: {
    command: ['go', 'run'],
    program: (code, c) =>
      `package main\n${code}\nfunc main() { fmt.Print(TallygateLink("${c.key}", "${c.secret}", ${JSON.stringify(c.path)}, ${c.expires})) }`,
  },
};

export const isSigner = (language: string) => language in languages;

/** What has to be installed for a snippet to run, where it is not. */
export function missingFor(language: string): string | undefined {
  const [name = ''] = languages[language]?.command ?? [];
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0 ? undefined : name;
}

/** Signs paths with the snippet and holds the links to ours. */
export async function signsAsWeDo(language: string, code: string): Promise<void> {
  const { command, program } = languages[language] as Language;
  const [name = '', ...args] = command;
  const dir = await temporaryFolder('snippet');
  // The shell snippet says itself that it encodes nothing.
  for (const one of language === 'sh' ? cases.slice(0, 1) : cases) {
    const file = path.join(dir, `link.${language}`);
    await writeFile(file, program(code, one));
    const printed = execFileSync(name, [...args, file], { encoding: 'utf8' }).trim();
    expect(meaning(printed)).toBe(meaning(one.link));
  }
  expect(cases[0]?.link).toBe(vector?.link);
}

/** Languages differ in which characters of a path they encode: the link is the same. */
function meaning(link: string): string {
  const [pathname = '', query] = link.split('?');
  return `${decodeURIComponent(pathname)}?${query}`;
}
