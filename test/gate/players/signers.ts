// How the programs that sign links write a path into an address: those of nginx/README.md run as they stand there, JavaScript's,
// and some ways that are unusual and right all the same.

import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { blocks } from '../../examples/list.ts';
import { temporaryFolder } from '../../harness/folders.ts';

/** Where `command` is set and not installed, there are no paths to be had. */
export type Signer = {
  name: string;
  command?: string;
  write: (paths: readonly string[]) => Promise<string[]> | string[];
};

const args = "'a1', 'secret', PATH, 1795300000";
/** What stands behind a snippet: reads paths, one a line, and prints a link for each. */
const programs: Readonly<Record<string, { command: string[]; program: (code: string) => string }>> = {
  php: {
    command: ['php'],
    program: (code) =>
      `<?php\n${code}\nwhile (($line = fgets(STDIN)) !== false) echo tallygate_link(${args.replace('PATH', 'rtrim($line, "\\n")')}), "\\n";`,
  },
  python: {
    command: ['python3'],
    program: (code) =>
      `import sys\n${code}\nfor line in sys.stdin.buffer.read().decode().split("\\n"): print(tallygate_link(${args.replace('PATH', 'line')}))`,
  },
  ruby: {
    command: ['ruby', '-EUTF-8'],
    program: (code) =>
      `${code}\nSTDIN.each_line(chomp: true) { |line| puts tallygate_link(${args.replace('PATH', 'line')}) }`,
  },
  perl: {
    command: ['perl'],
    program: (code) =>
      `${code}\nbinmode STDIN, ':encoding(UTF-8)';\nwhile (<STDIN>) { chomp; print tallygate_link(${args.replace('PATH', '$_')}), "\\n"; }`,
  },
  go: {
    command: ['go', 'run'],
    program: (code) =>
      `package main\nimport ("bufio"; "os")\n${code}\nfunc main() {\n\tlines := bufio.NewScanner(os.Stdin)\n\tfor lines.Scan() { fmt.Println(TallygateLink("a1", "secret", lines.Text(), 1795300000)) }\n}`,
  },
};

const isThere = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

function ofReadme(language: string): Signer {
  const { command, program } = programs[language] as (typeof programs)[string];
  const [name = '', ...flags] = command;
  return {
    name: `${language}, as nginx/README.md has it`,
    ...(isThere(name) ? {} : { command: name }),
    async write(paths) {
      const code = blocks.find((one) => one.language === language)?.text;
      if (!code) throw new Error(`no Markdown file has a snippet in ${language}`);
      const file = path.join(await temporaryFolder('signer'), `sign.${language}`);
      await writeFile(file, program(code));
      const printed = execFileSync(name, [...flags, file], { input: paths.join('\n'), encoding: 'utf8' });
      return printed
        .trimEnd()
        .split('\n')
        .map((link) => link.split('?')[0] as string);
    },
  };
}

const each = (encode: (segment: string) => string) => (paths: readonly string[]) =>
  paths.map((one) => one.split('/').map(encode).join('/'));
const lowerHex = (text: string) => text.replace(/%../g, (hex) => hex.toLowerCase());
const everyByte = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

export const signers: readonly Signer[] = [
  ...Object.keys(programs).map(ofReadme),
  { name: 'encodeURIComponent', write: each(encodeURIComponent) },
  {
    name: 'encodeURIComponent, hexadecimal digits in lower case',
    write: each((s) => lowerHex(encodeURIComponent(s))),
  },
  // It leaves what an address has its own use for; a signer that forgot these would link elsewhere.
  { name: 'encodeURI', write: each((s) => encodeURI(s).replace(/[?#]/g, encodeURIComponent)) },
  // As people type it or a page has it in its href: the browser encodes what it must.
  { name: 'the browser', write: each((s) => s.replace(/[%?#\\]/g, encodeURIComponent)) },
  { name: 'every byte percent-encoded', write: each(everyByte) },
];
