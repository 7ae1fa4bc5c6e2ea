// The key file's text: NGINX configuration that this program alone writes, so a line has one form, and reading
// it needs no parser of NGINX's language. What maps from key id to secret is the truth for both readers.

import { isKeyId } from '../../njs/link/forms.ts';
import { UserError } from '../user-error.ts';
import type { Hs256Key, Key, KeyRing, SecureLinkKey } from './ring.ts';

const head = `# The keys that links are signed with: NGINX includes this file, the service reads it. Secret.
# Written by tallygate keys: change it with that, then reload NGINX and restart the service.
`;

/** The text of the key file. */
export function formatKeyFile(ring: KeyRing): string {
  const own = ring.keys.filter((key) => key.kind === 'hs256');
  const older = ring.keys.filter((key) => key.kind === 'secure_link');
  const parts = [
    head,
    // $status is 000 until an answer has begun: whatever is put into pages (SSI) prints no secret.
    block('"$status/$tallygate_claimed_key" $tallygate_secret', [
      // njs may learn the key id later than NGINX (path segments, cookies) and ask again.
      'volatile;',
      'default "";',
      ...own.map((key) => {
        const note = key.id === ring.current.id ? `${key.since} current` : key.since;
        return `000/${key.id} "${key.secret}"; # hs256 ${note}`;
      }),
      ...older.map(({ id, since }) => `000/${id} "secure_link"; # secure_link ${since}`),
    ]),
    block('"" $tallygate_current_key', [`default ${ring.current.id};`]),
    ...older.map(({ id, signatureArg }, index) =>
      block(`$arg_${signatureArg} ${legacyKey(index)}`, [`default ${id};`, `"" ${legacyKey(index + 1)};`]),
    ),
    block(`"" ${legacyKey(older.length)}`, ['default "";']),
    block('"$status/$tallygate_legacy_key" $tallygate_legacy_preimage', [
      'volatile;',
      'default "";',
      ...older.map(({ id, expression }) => `000/${id} ${quote(expression)};`),
    ]),
    block('$tallygate_legacy_key $tallygate_legacy_signature', [
      'default "";',
      ...older.map(({ id, signatureArg }) => `${id} $arg_${signatureArg};`),
    ]),
    block('$tallygate_legacy_key $tallygate_legacy_expires', [
      'default "";',
      ...older.map(({ id, expiresArg }) => `${id} $arg_${expiresArg};`),
    ]),
    block('$args $tallygate_legacy_once', [
      'default $tallygate_legacy_signature;',
      ...(older.length === 0 ? [] : [`${repeated(older)} "";`]),
    ]),
  ];
  return parts.join('\n');
}

/**
 * The keys in a text that `formatKeyFile` wrote.
 * @param file its name, for the message
 * @throws UserError when it is anything else
 */
export function parseKeyFile(text: string, file: string): KeyRing {
  const keys: Key[] = [];
  let current: Hs256Key | undefined;
  for (const [, id = '', value = '', kind, since = '', mark] of text.matchAll(
    /^ {4}000\/(\S+) "(.*)"; # (hs256|secure_link) (\d{4}-\d\d-\d\d)( current)?$/gm,
  )) {
    if (!isKeyId(id) || keys.some((key) => key.id === id)) throw damaged(file, `key ${id}`);
    if (kind === 'secure_link') {
      keys.push(secureLinkKey(text, id, since, file));
      continue;
    }
    if (!isSecret(value)) throw damaged(file, `the secret of key ${id}`);
    const key: Hs256Key = { kind: 'hs256', id, secret: value, since };
    keys.push(key);
    if (mark) current = key;
  }
  if (!current) throw damaged(file, 'a current key');
  const ring = { current, keys };
  // Whatever was changed by hand, NGINX and we would read it differently.
  if (formatKeyFile(ring) !== text) throw damaged(file, 'a text of its own making');
  return ring;
}

/** Letters and digits only, so that it needs no quoting anywhere; 32 of them are 190 bits. */
export function isSecret(text: string): boolean {
  return /^[A-Za-z0-9]{32,128}$/.test(text);
}

function secureLinkKey(text: string, id: string, since: string, file: string): SecureLinkKey {
  const line = (variable: string, value: string) => {
    const map = text.split(` $tallygate_legacy_${variable} {`)[1]?.split('\n}')[0] ?? '';
    const found = map.match(new RegExp(`^ {4}(?:000/)?${id} ${value};$`, 'm'))?.[1];
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

/** The variable that holds the first older key, from that of `index` on, of which the request has the signature's argument. */
function legacyKey(index: number): string {
  return index === 0 ? '$tallygate_legacy_key' : `$tallygate_legacy_key_${index + 1}`;
}

/** Matches arguments of which one of those keys' stands twice. */
function repeated(keys: readonly SecureLinkKey[]): string {
  const names = [...new Set(keys.flatMap((key) => [key.signatureArg, key.expiresArg]))].join('|');
  // First whether there are more than two arguments at all: mostly there are not, and it ends there.
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
