// Who writes and who reads each variable of ours: as the includes, the generated files and njs do.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { formatKeyFile } from '../../app/keys/file.ts';
import { type Directive, parseDump } from '../../app/nginx/tree.ts';
import { type AddressMode, formatSaltFile } from '../../app/salts/file.ts';
import { key, legacyKey } from '../gate/site.ts';
import { projectRoot } from '../harness/folders.ts';

/** The files that write a variable and those that read it, by its name without `$tallygate_`. */
export type Uses = Map<string, { written: Set<string>; read: Set<string> }>;

type Use = (name: string, as: 'written' | 'read') => void;

/** Every variable of ours. */
export function usesOfVariables(): Uses {
  const uses: Uses = new Map();
  const useIn =
    (file: string): Use =>
    (name, as) => {
      const known = uses.get(name) ?? { written: new Set(), read: new Set() };
      uses.set(name, known);
      known[as].add(file);
    };
  for (const [file, text] of configuration()) {
    const walk = (directives: readonly Directive[]) => {
      for (const directive of directives) {
        inDirective(directive, useIn(file), (handler, name) => useIn(fileOf(handler))(name, 'written'));
        walk(directive.block ?? []);
      }
    };
    walk(parseDump(`# configuration file ${file}:\n${text}`));
  }
  for (const file of filesOf('nginx', '.conf'))
    inComments(readFileSync(path.join(projectRoot, file), 'utf8'), useIn('site'));
  for (const file of filesOf('njs', '.ts'))
    inScript(readFileSync(path.join(projectRoot, file), 'utf8'), useIn(file));
  return uses;
}

/**
 * The includes, the generated files (one with keys of both kinds, one for each mode), and what the README has a site
 * write.
 */
function configuration(): [file: string, text: string][] {
  const older = [legacyKey, { ...legacyKey, id: 'oldest', signatureArg: 'st' }];
  const keys = formatKeyFile([{ name: '', current: key, keys: [key, ...older] }]);
  const modes: AddressMode[] = ['none', 'prefix', 'full'];
  return [
    ...filesOf('nginx', '.conf').map((file): [string, string] => [
      path.basename(file),
      readFileSync(path.join(projectRoot, file), 'utf8'),
    ]),
    // A chain of as many as there are older keys: one name in the table.
    ['keys.conf', keys.replace(/(tallygate_(?:legacy_key|loaded_keys)_)\d+/g, '$1N')],
    ['site', snippets('nginx/README.md')],
    ...modes.map((mode): [string, string] => [
      'salts.conf',
      formatSaltFile([{ day: 1, salt: 'x'.repeat(22) }], mode),
    ]),
  ];
}

function inDirective(
  { name, args }: Directive,
  use: Use,
  handled: (handler: string, name: string) => void,
): void {
  const written = { map: 1, set: 0, js_set: 0, js_var: 0 }[name];
  for (const [index, text] of [name, ...args].entries()) {
    for (const [, found = ''] of text.matchAll(/\$\{?tallygate_(\w+)/g)) {
      if (name === 'js_set') handled(args[1] ?? '', found);
      else use(found, index - 1 === written ? 'written' : 'read');
    }
    for (const [, found = ''] of text.matchAll(/\(\?<tallygate_(\w+)>/g)) use(found, 'written');
  }
}

/** What an include's head tells a site to write. */
function inComments(text: string, use: Use): void {
  for (const [, name = ''] of text.matchAll(/^#.*\b(?:map \S+|set) +\$tallygate_(\w+)/gm))
    use(name, 'written');
}

/** njs names a variable as a property, or in a string that record() and its like look up. */
function inScript(text: string, use: Use): void {
  for (const [, name = '', assigned] of text.matchAll(/(?:ariables|\bv)\.tallygate_(\w+)( =(?!=))?/g))
    use(name, assigned ? 'written' : 'read');
  for (const [, name = ''] of text.matchAll(/text\('tallygate_(\w+)'/g)) use(name, 'read');
}

/** The file of a js_set's handler, `tallygate.gate` or `tallygate.rare.record`. */
function fileOf(handler: string): string {
  const name = handler.split('.').at(-1);
  for (const file of ['njs/rare.ts', 'njs/tallygate.ts']) {
    const text = readFileSync(path.join(projectRoot, file), 'utf8');
    const from = new RegExp(`^(?:im|ex)port \\{ ${name} \\} from '\\./(.*)';$`, 'm').exec(text)?.[1];
    if (from !== undefined) return `njs/${from}`;
  }
  throw new Error(`nobody knows the handler ${handler}`);
}

/** The NGINX configuration in a page of Markdown. */
function snippets(file: string): string {
  const text = readFileSync(path.join(projectRoot, file), 'utf8');
  return [...text.matchAll(/^```nginx\n(.*?)^```$/gms)].map(([, code]) => code).join('');
}

function filesOf(folder: string, ending: string): string[] {
  return readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => path.join(folder, name))
    .sort();
}
