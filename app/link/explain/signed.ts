// What programs sign by mistake, instead of what NGINX signs.

import { encodePath } from '../../../njs/link/build.ts';
import type { SignedFields } from '../../../njs/link/canonical.ts';
import { coveredPrefix } from '../../../njs/link/covered.ts';
import type { Signed, Signing } from './kinds.ts';

const afterwards = 'Sign it with the rest, or leave it out: everything in a link is signed.';

/** Other paths instead of the link's own. For a folder link, also the folder of each. */
const paths =
  (others: (path: string, signing: Signing) => readonly string[]) =>
  (signing: Signing): Partial<SignedFields>[] => {
    const { link, fields, reading } = signing;
    const whole = others(reading.path, signing);
    if (link.p === '') return whole.map((path) => ({ path }));
    const covered = whole.map((path) => coveredPrefix(path, Number(link.p)));
    return [...covered, ...others(fields.path, signing)].map((path) => ({ path }));
  };
const without = (name: 't' | 'f' | 'b' | 'r' | 'n' | 'i') => ({
  says: `${name} was added after signing`,
  remedy: afterwards,
  fields: ({ link }: Signing) => (link[name] === '' ? [] : [{ [name]: '' }]),
});
const depths = Array.from({ length: 16 }, (_, index) => index + 1);

export const signed = {
  pathEncoded: {
    says: 'the encoded path was signed',
    remedy: 'Sign the path decoded, as NGINX sees it ($uri).',
    fields: paths((path, { reading }) => {
      const spellings = [reading.sent, encodePath(path), encodeURI(path)];
      return [...spellings, ...spellings.map((text) => text.replace(/%../g, (hex) => hex.toLowerCase()))];
    }),
  },
  spaceAsPlus: {
    says: 'a space was signed as +',
    remedy: 'Sign the path decoded, with the space in it.',
    fields: paths((path) => [path.replaceAll(' ', '+')]),
  },
  plusAsSpace: {
    says: 'a + of the path was signed as a space',
    remedy: 'Decode paths with what leaves + alone (rawurldecode, unquote, decodeURIComponent).',
    fields: paths((path) => [path.replaceAll('+', ' ')]),
  },
  firstSlash: {
    says: 'the path was signed without its first slash',
    remedy: 'Sign it from the slash on.',
    fields: paths((path) => [path.slice(1)]),
  },
  finalSlash: {
    says: 'the path was signed with another final slash',
    remedy: 'Sign a file without, and a folder (p) with a final slash.',
    fields: paths((path) => [path.replace(/\/$/, ''), `${path}/`]),
  },
  normalForm: {
    says: 'the path was signed in another Unicode normal form: the same letters, other bytes',
    remedy: 'Sign and link the name as it stands on disk, byte for byte; macOS decomposes it (NFD).',
    fields: paths((path) => [path.normalize('NFC'), path.normalize('NFD')]),
  },
  pathInSmallLetters: {
    says: 'the path was signed in small letters',
    remedy: 'Sign it as it stands in the address: NGINX tells capitals from small letters.',
    fields: paths((path) => [path.toLowerCase()]),
  },
  hostSigned: {
    says: 'scheme or host was signed with the path',
    remedy: 'Sign the path alone.',
    fields: paths((path, { reading: { origin } }) => [origin + path, origin.replace(/^.*\/\//, '') + path]),
  },
  querySigned: {
    says: 'the query was signed with the path',
    remedy: 'Sign the path without ? and what follows.',
    fields: paths((path, { reading: { query, sent } }) => {
      const others = query.replace(/&?\bs=[^&]*/, '');
      return [`${path}?${others}`, `${sent}?${others}`, `${path}?`];
    }),
  },
  pathOfLocation: {
    says: 'only the end of the path was signed',
    remedy: "Sign all of the path that the address has ($uri), not what follows the location's.",
    fields: paths((path) =>
      path
        .split('/')
        .slice(2)
        .map((_, index, rest) => `/${rest.slice(index).join('/')}`),
    ),
  },
  lineEndSigned: {
    says: 'a line end was signed behind the path',
    remedy: 'One line feed ends the text: print without another (printf, echo -n).',
    fields: paths((path) => [`${path}\n`, `${path}\r`]),
  },
  folderUnsigned: {
    says: 'p was added after signing, or stands in no line',
    remedy: 'Sign p in its line, and of the path the first p segments with a final slash.',
    fields: ({ link, fields, reading }) =>
      link.p === ''
        ? []
        : [
            { p: '', path: reading.path },
            { p: '', path: fields.path },
          ],
  },
  folderWhole: {
    says: 'p says a folder, and the whole path was signed',
    remedy: 'Sign of the path the first p segments with a final slash.',
    fields: ({ link, reading }) => (link.p === '' ? [] : [{ path: reading.path }]),
  },
  folderOfOtherDepth: {
    says: 'the folder that was signed does not have as many segments as p says',
    remedy: 'Count the segments between the slashes: /hls/course/ has 2.',
    fields: ({ link, reading }) =>
      link.p === ''
        ? []
        : depths.flatMap((depth) => {
            const path = coveredPrefix(reading.path, depth);
            return path === '' ? [] : [{ path }, { path, p: String(depth) }];
          }),
  },
  tokenAdded: without('t'),
  finishAdded: without('f'),
  notBeforeAdded: without('b'),
  rateAdded: without('r'),
  nameAdded: without('n'),
  boundAdded: without('i'),
  nameEncoded: {
    says: 'n was signed encoded',
    remedy: 'Sign the file name decoded, and encode it in the link.',
    fields: ({ link: { n } }) =>
      n === '' ? [] : [{ n: encodeURIComponent(n) }, { n: encodeURIComponent(n).replaceAll('%20', '+') }],
  },
  oneSigned: {
    says: 'the 1 of i was signed',
    remedy: "Sign the client's address itself; an IPv6 one as its network, 2001:db8:85a3:1234::/64.",
    fields: ({ link }) => (link.i === '' ? [] : [{ i: '1' }]),
  },
  addressWhole: {
    says: 'the whole IPv6 address was signed',
    remedy: 'Sign its network, in small letters and compressed: 2001:db8:85a3:1234::/64.',
    fields: ({ link, client = '' }) =>
      link.i === '' || client === '' ? [] : [client, client.toLowerCase()].map((i) => ({ i })),
  },
  timeInOtherForm: {
    says: 'the time was signed in another form than it stands in the link (milliseconds, a fraction)',
    remedy: 'Make it whole seconds first, then sign and write the same text.',
    fields: ({ link: { e } }) => [`${e}.0`, `${e}000`].map((text) => ({ e: text })),
  },
} as const satisfies Record<string, Signed>;
