// What the API takes and gives for links and tokens: validation and OpenAPI from one description.

import { isIP } from 'node:net';
import { z } from '@hono/zod-openapi';
import { isFileName } from '../../../njs/link/forms.ts';
import { normalAddress } from '../../client-address.ts';
import { linkForms } from '../../link/sign.ts';
import { pathMistake } from '../links/path.ts';
import { mistakesIn } from './terms.ts';

// The longest life of a link, ten years: `e` has room for more, plans do not.
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
    description: 'Decoded, as NGINX sees it in $uri. One that ends in "/" stands for all below it.',
    example: '/files/album.zip',
  });

const whichForm =
  'Where it stands what the link says. "query": for downloads. "cookie": for what a browser on the same host plays or shows of a folder; "link" is then the plain address. "path": for players that keep no cookies; NGINX needs segments.conf. These two hold no file name.';

/** What a link can say, with or without a token. */
const terms = {
  path: path.optional(),
  ttl: wholeSeconds
    .default(defaultTtl)
    .openapi({ description: 'Seconds until the last download may begin.' }),
  finish_ttl: wholeSeconds.optional().openapi({
    description:
      'Seconds until the end; at least ttl. After ttl only requests for what lies behind byte 0 are answered, so that a download may be resumed.',
  }),
  not_before: z.iso
    .datetime({ offset: true })
    .refine((value) => Date.parse(value) >= 0, 'lies before 1970')
    .optional()
    .openapi({ description: 'The link is refused before this time (RFC 3339).' }),
  address: z
    .string()
    .refine((value) => isIP(value) !== 0 && !value.includes('%'), 'is not an IPv4 or IPv6 address')
    .transform(normalAddress)
    .optional()
    .openapi({ description: 'Only this IPv4 address, or the /64 of this IPv6 address, may download.' }),
  rate: z.number().int().min(1).max(2_147_483_647).optional().openapi({
    description:
      'Bytes per second, over one connection at a time: a second one is answered with 503. For programs that fetch in pieces (aria2 -x) and players leave it out.',
  }),
  filename: text(255)
    .min(1)
    .refine((value) => isFileName(value) && !/[/\\]/.test(value), 'is no plain file name')
    .optional()
    .openapi({ description: 'The name browsers save the file under.' }),
  prefix: z.number().int().min(1).max(16).optional().openapi({
    description:
      'The link covers all below the path\'s first so many segments: 2 for /hls/course/master.m3u8 and what it refers to. A path that ends in "/" covers itself without it.',
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
      .optional()
      .openapi({ description: 'Several files, instead of path.' }),
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
      description: 'Copies of each file that may be downloaded; spent by completion, not by a click.',
    }),
    enforce: z.enum(['edge', 'strict']).default('edge').openapi({
      description: 'strict: the limit holds to the request, in locations with protect-strict.conf.',
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
        message: value.path === undefined ? 'is missing' : 'stands beside paths: give one of them',
        input: value.path,
      });
    }
  })
  .openapi('TokenRequest');

export type LinkRequest = z.output<typeof linkRequest>;
export type TokenRequest = z.output<typeof tokenRequest>;

/** Where a token stands; the first that applies of: revoked, exhausted, expired, not_yet, active. */
export const statuses = ['active', 'not_yet', 'expired', 'exhausted', 'revoked'] as const;

const instant = z.string().openapi({ format: 'date-time' });
const whole = z.number().int();

const cookie = z.string().optional().openapi({
  description:
    'In the form "cookie": the value of a Set-Cookie header for your application to answer with. A browser compares its Path with addresses letter by letter: write them encoded as in "link".',
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
    exhausted_at: instant.optional(),
  })
  .openapi('Token');

function metadataMistake(value: Record<string, unknown>): string | undefined {
  // The depth first: what follows recurses, and a body of brackets alone would exhaust the stack.
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
