// What the API takes and returns for links and tokens. One description serves validation and OpenAPI.

import { isIP } from 'node:net';
import { z } from '@hono/zod-openapi';
import { isFileName } from '../../../njs/link/forms.ts';
import { normalClientAddress } from '../../client-address.ts';
import { linkForms } from '../../link/sign.ts';
import { pathMistake } from '../links/path.ts';
import { mistakesIn } from './terms.ts';

// The longest life of a link: ten years. `e` could hold more, but nobody plans further.
const maxTtl = 315_360_000;
const defaultTtl = 86_400;

const wholeSeconds = z.number().min(1).max(maxTtl).int();

/** Text people read: valid Unicode without control characters. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.isWellFormed(), 'holds half a surrogate pair: it is not valid Unicode')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
    .refine((value) => !/[\u0000-\u001f\u007f-\u009f]/.test(value), 'holds a control character');

export const path = z
  .string()
  .check((context) => {
    const mistake = pathMistake(context.value);
    if (mistake) context.issues.push({ code: 'custom', message: mistake, input: context.value });
  })
  .openapi({
    description: 'Decoded, as NGINX has it in $uri. A path that ends in "/" stands for everything below it.',
    example: '/files/album.zip',
  });

/** Each path once: the same path twice is one file. */
export const distinct = (paths: string[]) => [...new Set(paths)];

const whichForm =
  'Where the link carries its terms. "query": in the query, for downloads. "cookie": in a cookie, for a folder from which a browser on the same host plays or shows files; "link" is then the plain URL. "path": in the path, for players that keep no cookies; NGINX needs segments.conf. "page": a page with a button that leads to the file, for mails and chats, where previewers and scanners fetch every link. "cookie" and "path" carry no file name.';

/** What a link can say, with or without a token. */
const terms = {
  path: path.optional(),
  ttl: wholeSeconds
    .default(defaultTtl)
    .openapi({ description: 'Seconds until the last download may begin.' }),
  finish_ttl: wholeSeconds.optional().openapi({
    description:
      'Seconds until the end; at least ttl. After ttl a download can be resumed but not begun: only requests that start behind byte 0 are answered.',
  }),
  not_before: z.iso
    .datetime({ offset: true })
    .refine((value) => Date.parse(value) >= 0, 'is before 1970')
    .optional()
    .openapi({ description: 'The link is refused before this time (RFC 3339).' }),
  address: z
    .string()
    .refine((value) => isIP(value) !== 0 && !value.includes('%'), 'is not an IPv4 or IPv6 address')
    .transform(normalClientAddress)
    .optional()
    .openapi({ description: 'Only this IPv4 address, or the /64 of this IPv6 address, may download.' }),
  rate: z.number().int().min(1).max(2_147_483_647).optional().openapi({
    description:
      'Bytes per second, over one connection at a time: a second connection is answered with 503. Leave it out for players and for programs that fetch in pieces (aria2 -x).',
  }),
  filename: text(255)
    .min(1)
    .refine(
      (value) => isFileName(value) && !/[/\\]/.test(value),
      'must be a file name alone, without folders',
    )
    .optional()
    .openapi({ description: 'The name browsers save the file under.' }),
  prefix: z.number().int().min(1).max(16).optional().openapi({
    description:
      'How many segments of the path, from its beginning, make the folder that the link covers: 2 for /hls/course/master.m3u8 and what it refers to. A path that ends in "/" needs no prefix.',
  }),
  form: z.enum(linkForms).default('query').openapi({ description: whichForm }),
};

export const linkRequest = z
  .strictObject({ ...terms, path })
  .check(({ value, issues }) => void issues.push(...mistakesIn(value)))
  .openapi('LinkRequest');

export const tokenRequest = z
  .strictObject({
    ...terms,
    paths: z
      .array(path)
      .min(1)
      .max(100)
      .transform(distinct)
      .optional()
      .openapi({ description: 'Several files, instead of path. The same path twice is one file.' }),
    label: text(200).default(''),
    customer: text(200).default('').openapi({ description: 'Your reference: an order, an account.' }),
    metadata: z
      .record(z.string(), z.unknown())
      .check((context) => {
        const mistake = metadataMistake(context.value);
        if (mistake) context.issues.push({ code: 'custom', message: mistake, input: context.value });
      })
      .optional(),
    max_copies: z.number().int().min(1).max(1_000_000).optional().openapi({
      description:
        'How many copies of each file may be downloaded. A copy is spent when it is complete, not by a click.',
    }),
    enforce: z.enum(['edge', 'strict']).default('edge').openapi({
      description:
        'edge: links are refused retry_grace seconds after the last copy; until then what did not arrive can be fetched again, up to one copy more. strict: not one request too many, in locations with protect-strict.conf; after the last copy a download can be resumed, and none begun.',
    }),
  })
  .check((context) => {
    const { value, issues } = context;
    issues.push(...mistakesIn(value));
    if ((value.path === undefined) === (value.paths === undefined)) {
      issues.push({
        code: 'invalid_type',
        expected: 'string',
        path: ['path'],
        message: value.path === undefined ? 'is missing' : 'is given beside paths: give one of them',
        input: value.path,
      });
    }
  })
  .openapi('TokenRequest');

export type LinkRequest = z.output<typeof linkRequest>;
export type TokenRequest = z.output<typeof tokenRequest>;

/**
 * The status of a token: the first that applies of revoked, exhausted, expired, not_yet, active. It says whether its links
 * work: a token that has spent its copies is active until its grace is over (`spent.ends_at`), and then exhausted.
 */
export const statuses = ['active', 'not_yet', 'expired', 'exhausted', 'revoked'] as const;

const instant = z.string().openapi({ format: 'date-time' });
const whole = z.number().int();

const cookie = z.string().optional().openapi({
  description:
    'In the form "cookie": the value of a Set-Cookie header for your application to answer with. A browser compares its Path with URLs letter by letter: write URLs encoded as in "link".',
});

export const linkAnswer = z
  .object({ path: z.string(), link: z.string(), cookie, expires_at: instant, finish_by: instant.optional() })
  .openapi('Link');

export const tally = z
  .object({
    requests: whole,
    downloads: whole,
    completed: whole,
    copies: whole,
    bytes: whole,
  })
  .openapi('Tally');

/** Of a token: every file that it names is spent. A folder names none, and is never spent as a whole. */
const spent = z
  .object({
    by: z.enum(['copies', 'bytes']).openapi({
      description:
        'copies: max_copies are complete. bytes: max_copies + 1 times the size of a file was sent, in pieces that never made that many copies (downloads that were cancelled again and again).',
    }),
    at: instant.openapi({ description: 'When that was counted of the last of its files.' }),
    ends_at: instant.openapi({
      description:
        'From then on the links are refused. Until then, for retry_grace seconds, a download may be resumed or repeated, for what was sent may not have arrived.',
    }),
  })
  .openapi('Spent');

const fileUse = z
  .object({
    path: z.string(),
    spent: whole.openapi({
      description:
        'Copies of this file that are complete, whoever fetched them, but for the first one of bots.',
    }),
    left: whole.optional().openapi({ description: 'Copies that max_copies leaves. Absent without a limit.' }),
    by: z
      .enum(['copies', 'bytes'])
      .optional()
      .openapi({ description: 'What of this file is spent: see spent.by.' }),
    ends_at: instant
      .optional()
      .openapi({ description: 'From then on this file is refused: see spent.ends_at.' }),
  })
  .openapi('TokenFile');

/** The limit holds for each file. */
export const files = z.array(fileUse).openapi({
  description:
    'What is spent of each file, for the limit holds for each: those that the token names, and of its folders the 1,000 that were fetched last.',
});

export const tokenAnswer = z
  .object({
    id: z.string(),
    status: z.enum(statuses),
    link: z.string().openapi({ description: 'The link of the first path.' }),
    cookie,
    links: z.array(z.object({ path: z.string(), link: z.string(), cookie })).optional(),
    paths: z.array(z.string()),
    created_at: instant,
    expires_at: instant,
    finish_by: instant.optional(),
    not_before: instant.optional(),
    max_copies: whole.optional(),
    enforce: z.enum(['edge', 'strict']),
    form: z.enum(linkForms),
    prefix: whole.optional(),
    rate: whole.optional(),
    filename: z.string().optional(),
    address: z.string().optional(),
    label: z.string(),
    customer: z.string(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    revoked_at: instant.optional(),
    spent: spent.optional(),
  })
  .openapi('Token');

/** A token as it is read: without its links to a key that may not issue them. */
export const shownToken = tokenAnswer
  .extend({
    link: z
      .string()
      .optional()
      .openapi({ description: 'The link of the first path. Only for keys that may issue.' }),
  })
  .openapi('ShownToken');

function metadataMistake(value: Record<string, unknown>): string | undefined {
  // Check the depth first: JSON.stringify recurses, and a body of nothing but brackets would exhaust the stack.
  if (!isStorable(value, 16)) return 'is nested deeper than 16, or holds NUL or half a surrogate pair';
  return JSON.stringify(value).length > 4096 ? 'is larger than 4096 characters' : undefined;
}

function isStorable(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\u0000');
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  return Object.entries(value).every(
    ([key, inner]) => isStorable(key, depth) && isStorable(inner, depth - 1),
  );
}
