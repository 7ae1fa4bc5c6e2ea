// The text of the key file. It is NGINX configuration that only this program writes. So each line has one form, and we
// can read it without a parser for NGINX's language. NGINX and the service both read the map from key id to secret.

import { readFile } from 'node:fs/promises';
import { isKeyId } from '../../njs/link/forms.ts';
import { UserError } from '../user-error.ts';
import { loadedWords } from './loaded.ts';
import {
  type Hs256Key,
  type Key,
  type KeyRing,
  type KeyRings,
  requireRing,
  type SecureLinkKey,
} from './ring.ts';

const head = `# The keys that links are signed with: NGINX includes this file, the service reads it. Secret.
# Written by tallygate keys: change it with that, then reload NGINX, and restart the service where it has a copy.
`;

/**
 * The rings in `file`.
 * @throws UserError when it is missing, unreadable, or not as `tallygate keys` writes it
 */
export async function readKeyRings(file: string): Promise<KeyRings> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `cannot read the key file ${file} (${code})`,
      code === 'ENOENT'
        ? 'Make one with: tallygate keys generate'
        : 'Run this as root, or as the user the key file belongs to.',
      { cause: error },
    );
  }
  return parseKeyFile(text, file);
}

/**
 * The ring of that name in `file`.
 * @throws UserError as readKeyRings, and where the file has no such ring
 */
export async function readKeyRing(file: string, name: string): Promise<KeyRing> {
  return requireRing(await readKeyRings(file), name);
}

/** The text of the key file. */
export function formatKeyFile(rings: KeyRings): string {
  const own = inRings(rings, 'hs256');
  const older = inRings(rings, 'secure_link');
  const parts = [
    head,
    // $status is 000 until the answer begins. SSI fills in a page after that, and so can print no secret. No
    // ring's name holds a slash: the text before the first slash comes from the server, the rest from the link.
    block('"$status$tallygate_keys/$tallygate_claimed_key" $tallygate_secret', [
      // `volatile`: njs may learn the key id after NGINX has asked (path segments, cookies), and asks again.
      'volatile;',
      'default "";',
      ...own.map(({ ring, key }) => {
        const note = key === ring.current ? `${key.since} current` : key.since;
        return `000${ring.name}/${key.id} "${key.secret}"; # hs256 ${note}`;
      }),
      ...older.map(({ ring, key }) => `000${ring.name}/${key.id} "secure_link"; # secure_link ${key.since}`),
    ]),
    // The slash is for rings whose name is a word of map's own, such as `default`.
    block('"$tallygate_keys/" $tallygate_current_key', [
      'default "";',
      ...rings.map(({ name, current }) => `${name}/ ${current.id};`),
    ]),
    ...loadedKeys(rings),
    ...olderKeyOf(rings),
    block('"$status$tallygate_keys/$tallygate_legacy_key" $tallygate_legacy_preimage', [
      'volatile;',
      'default "";',
      ...older.map(({ ring, key }) => `000${ring.name}/${key.id} ${quote(key.expression)};`),
    ]),
    block('$tallygate_legacy_key $tallygate_legacy_signature', [
      'default "";',
      ...older.map(({ key }) => `${key.id} $arg_${key.signatureArg};`),
    ]),
    block('$tallygate_legacy_key $tallygate_legacy_expires', [
      'default "";',
      ...older.map(({ key }) => `${key.id} $arg_${key.expiresArg};`),
    ]),
    // For every ring: no site signs a link in which an argument stands twice.
    block('$args $tallygate_legacy_once', [
      'default $tallygate_legacy_signature;',
      ...(older.length === 0 ? [] : [`${repeated(older.map(({ key }) => key))} "";`]),
    ]),
  ];
  return parts.join('\n');
}

/**
 * The rings in a text that `formatKeyFile` wrote.
 * @param file its name, for the message
 * @throws UserError when it is anything else
 */
export function parseKeyFile(text: string, file: string): KeyRings {
  const rings = new Map<string, { current?: Hs256Key; keys: Key[] }>();
  for (const [, name = '', id = '', value = '', kind, since = '', mark] of text.matchAll(
    /^ {4}000([a-z0-9-]{0,16})\/(\S+) "(.*)"; # (hs256|secure_link) (\d{4}-\d\d-\d\d)( current)?$/gm,
  )) {
    if (!isKeyId(id) || [...rings.values()].some(({ keys }) => keys.some((key) => key.id === id)))
      throw damaged(file, `key ${id}`);
    const ring = rings.get(name) ?? { keys: [] };
    rings.set(name, ring);
    if (kind === 'secure_link') {
      ring.keys.push(secureLinkKey(text, id, since, file));
      continue;
    }
    if (!isSecret(value)) throw damaged(file, `the secret of key ${id}`);
    const key: Hs256Key = { kind: 'hs256', id, secret: value, since };
    ring.keys.push(key);
    if (mark) ring.current = key;
  }
  const found = [...rings].map(([name, { current, keys }]): KeyRing => {
    if (!current) throw damaged(file, name === '' ? 'a current key' : `a current key of the ring ${name}`);
    return { name, current, keys };
  });
  if (found.length === 0) throw damaged(file, 'a current key');
  // Where somebody changed the file by hand, NGINX and we could read it differently.
  if (formatKeyFile(found) !== text) throw damaged(file, 'a text of its own making');
  return found;
}

/** Letters and digits only, so that a secret needs no quoting anywhere. 32 of them are 190 bits. */
function isSecret(text: string): boolean {
  return /^[A-Za-z0-9]{32,128}$/.test(text);
}

function secureLinkKey(text: string, id: string, since: string, file: string): SecureLinkKey {
  const line = (variable: string, value: string) => {
    const map = text.split(` $tallygate_legacy_${variable} {`)[1]?.split('\n}')[0] ?? '';
    const found = map.match(new RegExp(`^ {4}(?:000[a-z0-9-]*/)?${id} ${value};$`, 'm'))?.[1];
    if (found === undefined) throw damaged(file, `the ${variable} of key ${id}`);
    return found;
  };
  return {
    kind: 'secure_link',
    id,
    expression: line('preimage', '"(.*)"').replace(/\\(["\\])/g, '$1'),
    signatureArg: line('signature', '\\$arg_(\\w+)'),
    expiresArg: line('expires', '\\$arg_(\\w+)'),
    since,
  };
}

/** What NGINX tells the agent that it has loaded. */
function loadedKeys(rings: KeyRings): string[] {
  const words = loadedWords(rings);
  const names = words.map((_, index) => `$tallygate_loaded_keys_${index + 1}`);
  return [
    ...words.map((word, index) => block(`"" ${names[index]}`, [`default "${word}";`])),
    block('"" $tallygate_loaded_keys', [`default "${names.join('')}";`]),
  ];
}

type InRing<K extends Key> = { ring: KeyRing; key: K };

/** Every key of one kind, with its ring. */
function inRings<Kind extends Key['kind']>(
  rings: KeyRings,
  kind: Kind,
): InRing<Extract<Key, { kind: Kind }>>[] {
  return rings.flatMap((ring) =>
    ring.keys
      .filter((key): key is Extract<Key, { kind: Kind }> => key.kind === kind)
      .map((key) => ({ ring, key })),
  );
}

/** Picks the older key of a request: the first of the server's ring whose signature argument is there. A chain of maps. */
function olderKeyOf(rings: KeyRings): string[] {
  const starts: string[] = [];
  const links: string[] = [];
  const variable = (number: number) => `$tallygate_legacy_key_${number}`;
  for (const { name, keys } of rings) {
    const older = keys.filter((key) => key.kind === 'secure_link');
    if (older.length > 0) starts.push(`${name}/ ${variable(links.length + 1)};`);
    for (const [index, { id, signatureArg }] of older.entries()) {
      const next = index === older.length - 1 ? '""' : variable(links.length + 2);
      links.push(
        block(`$arg_${signatureArg} ${variable(links.length + 1)}`, [`default ${id};`, `"" ${next};`]),
      );
    }
  }
  return [block('"$tallygate_keys/" $tallygate_legacy_key', ['default "";', ...starts]), ...links];
}

/** A pattern for a query in which an argument of one of these keys stands twice. */
function repeated(keys: readonly SecureLinkKey[]): string {
  const names = [...new Set(keys.flatMap((key) => [key.signatureArg, key.expiresArg]))].join('|');
  // First it asks for more than two arguments. Most queries have no more, and the search ends there.
  return `"~*^(?=[^&]*+&[^&]*+&)(?:[^&]*+&)*?(${names})=[^&]*+&(?:[^&]*+&)*?\\1="`;
}

function block(head: string, lines: readonly string[]): string {
  return `map ${head} {\n${lines.map((line) => `    ${line}\n`).join('')}}\n`;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function damaged(file: string, what: string): UserError {
  return new UserError(
    `the key file ${file} does not hold ${what} as tallygate keys writes it`,
    'Restore it from a backup, or make a new one with tallygate keys generate --force (its links then end).',
  );
}
