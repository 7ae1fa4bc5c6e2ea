// What mail, chat, word processors, shells and templates do to an address.

import {
  byte,
  dashes,
  inArgument,
  inPath,
  inQuery,
  invisible,
  isUtf8,
  once,
  quoted,
  withoutTrailers,
  wrapped,
} from './edits.ts';
import type { Mend, Mended } from './kinds.ts';

const copyIt = 'Copy the address of the link, not what is shown of it.';

export const carried = {
  htmlEscaped: {
    says: '& stands in it as HTML writes it (&amp;)',
    remedy: 'In plain text and in programs, & is written as it is; &amp; is for the source of a page.',
    mend: (text) =>
      text
        .replace(/&#(?:x([0-9a-f]{2})|0*(\d{2,3}));/gi, (_, hex?: string, number?: string) =>
          String.fromCharCode(hex ? Number.parseInt(hex, 16) : Number(number)),
        )
        .replace(/&(?:amp;)+/gi, '&'),
  },
  jsonEscaped: {
    says: 'it is escaped as in JSON (\\u0026 for &)',
    remedy: 'Read the JSON with a parser, and take the link from there.',
    mend: (text) =>
      text
        .replace(/(?:\\|%5c)u00(26|3d|3f|2f)/gi, (_, hex: string) => byte(hex))
        .replace(/(?:\\|%5c)\//gi, '/'),
  },
  quotedPrintable: {
    says: "it stands as in a mail's source (=3D for =)",
    remedy: `Decode the mail's quoted-printable. ${copyIt}`,
    mend: (text) =>
      text.replace(/=\s*\r?\n\s*/g, '').replace(/=(3D|26|3F|2E|5F)/gi, (_, hex: string) => byte(hex)),
  },
  lineEnd: {
    says: 'a line end breaks it',
    remedy: `Send it on a line of its own, in < and >. ${copyIt}`,
    mend: (text) => text.replace(/(?:\s|%20)*(?:[\r\n\u0085\u2028\u2029]|%0[ad])+(?:\s|%20)*/gi, ''),
  },
  trailing: {
    says: ({ before, after }: Mended) =>
      `${before.startsWith(after) ? quoted(before.slice(after.length)) : 'something'} stands behind it, as mail and chat programs add it`,
    remedy: 'Take it away; in a text, put the link in < and >, or on a line of its own.',
    mend: (text) => [...withoutTrailers(text), text.replace(/([?&]s=[\w-]{22})(?!\?)[^&#]+/, '$1')],
  },
  blank: {
    says: 'a blank stands among its arguments',
    remedy: copyIt,
    mend: inQuery((query) => query.replace(/(^|&)(?!n=)([^&]*)/g, (part) => part.replace(/\s|%20|%09/g, ''))),
  },
  invisible: {
    says: 'a character that cannot be seen stands in it (a soft hyphen, a zero-width space)',
    remedy: `Send it without a word processor or editor that breaks lines. ${copyIt}`,
    mend: (text) => text.replace(invisible, ''),
  },
  dash: {
    says: 'a hyphen has become a dash',
    remedy: 'Turn off what corrects typing, or send the link as code.',
    mend: (text) => [text.replace(dashes, '-'), text.replace(dashes, '--')],
  },
  backslash: {
    says: 'backslashes stand in it, which a shell or Markdown needs and a link does not',
    remedy: 'Take them out; in a shell, put the link in single quotes.',
    mend: (text) => text.replace(/\\|%5c/gi, ''),
  },
  leading: {
    says: ({ before, after }: Mended) =>
      `${quoted(before.slice(0, before.length - after.length))} stands in front of it`,
    remedy: 'Take the link alone.',
    mend: (text) => [text.replace(/^.*?(?=https?:\/\/)/is, ''), text.replace(/^[^/]*?(?=\/)/, '')],
  },
  wrapped: {
    says: ({ before }: Mended) =>
      `it stands inside an address of ${/^(?:\w+:\/\/)?([^/?#]*)/.exec(before)?.[1]}, of a mail filter or a search engine`,
    remedy: 'Follow that address, or take the link out of it and decode it.',
    mend: wrapped,
  },
  secondQuestionMark: {
    says: 'a second ? stands in it, with which something added arguments',
    remedy: 'Add arguments with &: those of other names than ours pass.',
    mend: (text) => {
      const [path, ...queries] = text.split('?');
      return queries.length < 2 ? text : `${path}?${queries.join('&')}`;
    },
  },
  firstAmpersand: {
    says: 'its arguments begin with & where ? must stand',
    remedy: 'Write ? before the first argument and & before the others.',
    mend: (text) => (text.includes('?') ? text : text.replace('&', '?')),
  },
  semicolons: {
    says: '; stands between its arguments',
    remedy: 'Write & between arguments.',
    mend: inQuery((query) => query.replace(/;(?=[a-z]=)/gi, '&')),
  },
  pathEncodedTwice: {
    says: 'its path is encoded twice (%2520 for a blank)',
    remedy: 'Encode the path once; a link that was issued is encoded already.',
    mend: inPath((path) => path.replace(/%25(?=[0-9a-f]{2})/gi, '%')),
  },
  pathWithPlus: {
    says: '+ stands in its path where a space was signed',
    remedy:
      'Encode a space in a path as %20: + stands for one in forms alone (rawurlencode, quote, encodeURIComponent).',
    mend: inPath((path) => path.replaceAll('+', '%20')),
  },
  pathWithPercent: {
    says: 'a % of its path is not encoded',
    remedy: 'Write %25 for it.',
    mend: inPath((path) => path.replace(/%(?![0-9a-f]{2})/gi, '%25')),
  },
  pathWithHash: {
    says: 'a # of its path is not encoded: what follows it is never sent',
    remedy: 'Write %23 for it.',
    mend: (text) => text.replace(/#(?=.*\?)/g, '%23'),
  },
  pathWithQuestionMark: {
    says: 'a ? of its path is not encoded: the path ends there',
    remedy: 'Write %3F for it.',
    mend: (text) => text.replace(/\?(?=.*\?)/g, '%3F'),
  },
  pathInLatin1: {
    says: 'its path is encoded in Latin-1 (%E4 for ä)',
    remedy: 'Encode the path as UTF-8 (%C3%A4).',
    mend: inPath((path) =>
      isUtf8(path)
        ? path
        : path.replace(/%([89a-f][0-9a-f])/gi, (_, hex: string) => encodeURIComponent(byte(hex))),
    ),
  },
  pathTakenForLatin1: {
    says: 'its path was UTF-8, was taken for Latin-1 and encoded again (%C3%83%C2%A4 for ä)',
    remedy: 'Read and write the path as UTF-8 everywhere.',
    mend: inPath((path) => {
      // Each pair stands for one byte from 0x80 to 0xff.
      const bytes = path.replace(/%c([23])%([89ab][0-9a-f])/gi, (_, half: string, hex: string) =>
        half === '2' ? `%${hex}` : `%${(Number.parseInt(hex, 16) + 64).toString(16)}`,
      );
      return isUtf8(bytes) ? bytes : path;
    }),
  },
  capitals: {
    says: 'the names of its arguments are capitals',
    remedy: 'Write them small: NGINX refuses others.',
    mend: (text) =>
      text.replace(
        /([?&])([EFBKTPIRNS])(?==)/g,
        (_, lead: string, name: string) => lead + name.toLowerCase(),
      ),
  },
  repeated: {
    says: ({ before }: Mended) =>
      `the argument ${/[?&]([efbktpirns])=.*&\1=/s.exec(before)?.[1]} stands twice`,
    remedy: 'Write each argument once; names of one letter are ours.',
    mend: (text) => [once('first')(text), once('last')(text)],
  },
  empty: {
    says: 'an argument stands there without a value',
    remedy: 'Leave out what has no value, name and all; in the signed text its line is empty.',
    mend: inQuery((query) => query.replace(/(^|&)[fbtpirn]=(?=&|$)/g, '').replace(/^&/, '')),
  },
  nameEncodedTwice: {
    says: 'the file name (n) is encoded twice',
    remedy: 'Encode it once.',
    mend: inArgument('n', (value) => value.replace(/%25(?=[0-9a-f]{2})/gi, '%')),
  },
  nameWithPlus: {
    says: '+ stands in the file name (n) where a space was signed',
    remedy: 'Encode a space as %20: NGINX does not read + as one.',
    mend: inArgument('n', (value) => value.replaceAll('+', '%20')),
  },
  encodedWhole: {
    says: 'what divides it is encoded (%3F for ?, %3D for =, %26 for &)',
    remedy: 'Encode the segments of the path and the values of arguments, never the link as a whole.',
    mend: (text) => [
      text.replace(/%(3f|3d|26)/gi, (_, hex: string) => byte(hex)),
      text.replace(/%(2f|3a|3f|3d|26|25)/gi, (_, hex: string) => byte(hex)),
    ],
  },
  signatureInBase64: {
    says: 'its signature is in base64 with +, / and =',
    remedy: 'Write it as base64url: - for +, _ for /, and no = at the end.',
    mend: inArgument('s', (value) =>
      value
        .replace(/(?:=|%3d)+$/i, '')
        .replace(/\+|%2b|%20| /gi, '-')
        .replace(/\/|%2f/gi, '_'),
    ),
  },
  signatureInHex: {
    says: 'its signature is in hexadecimal digits',
    remedy: 'Write the bytes of the MD5 as base64url, without = at the end.',
    mend: inArgument('s', (value) =>
      /^[0-9a-f]{32}$/i.test(value) ? Buffer.from(value, 'hex').toString('base64url') : value,
    ),
  },
  segmentMissing: {
    says: 'it lacks the segment of the token',
    remedy: 'Where there is none, write -: /s/<s>/<e>/<k>/-/the/path.',
    mend: (text) => text.replace(/(\/s\/[\w-]{22}\/[^/]+\/[^/]+)\//, '$1/-/'),
  },
  segmentsWithoutS: {
    says: 'it lacks the /s in front of its arguments',
    remedy: 'Write /s/<s>/<e>/<k>/<t or ->/the/path.',
    mend: inPath((path) => path.replace(/^\/(?=[\w-]{22}\/\d{9,11}[./])/, '/s/')),
  },
} as const satisfies Record<string, Mend>;
