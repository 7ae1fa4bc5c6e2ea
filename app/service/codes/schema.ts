// What the API takes and returns for codes.

import { z } from '@hono/zod-openapi';
import { isFolder } from '../links/path.ts';
import { distinct, path, text } from '../tokens/schema.ts';
import type { BatchRequest } from './batches.ts';
import { codeLengths } from './code.ts';

const maxArtwork = 512 * 1024;

/** A JPEG or PNG picture, known by its first bytes. */
export function artworkFrom(bytes: Uint8Array): BatchRequest['artwork'] {
  if (bytes.length > maxArtwork) return undefined;
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return { type: 'image/jpeg', bytes };
  const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return png.every((byte, i) => bytes[i] === byte) ? { type: 'image/png', bytes } : undefined;
}

const artwork = z
  .string()
  .refine(
    (value) => artworkFrom(Buffer.from(value, 'base64')) !== undefined,
    'is no JPEG or PNG of up to 512 KiB',
  )
  .optional()
  .openapi({ description: 'A square JPEG or PNG of up to 512 KiB, in base64.' });

export const batchRequest = z
  .strictObject({
    label: text(200).min(1).openapi({ description: 'What you call the batch.', example: 'Spring LP' }),
    title: text(120)
      .min(1)
      .optional()
      .openapi({ description: 'The title on cards and pages. The label unless given.' }),
    paths: z
      .array(path.refine((value) => !isFolder(value), 'is a folder: name its files'))
      .min(1)
      .max(50)
      .transform(distinct)
      .openapi({ description: 'The files that a code opens.' }),
    count: z.number().int().min(1).max(10_000),
    uses: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(1)
      .openapi({ description: 'How often each code can be used: copies of each file.' }),
    length: z.number().int().min(codeLengths.min).max(codeLengths.max).default(codeLengths.default).openapi({
      description:
        'Random characters of a code, 5 bits each. With fewer than 13, the limit on failed attempts is what protects the codes: then too many wrong ones lock a client address, and all who share it.',
    }),
    redeem_until: z.iso.datetime({ offset: true }).optional(),
    start_ttl: z.number().int().min(60).max(86_400).default(900).openapi({
      description: 'Seconds within which a redeemed download must begin.',
    }),
    finish_ttl: z.number().int().min(60).max(2_592_000).default(86_400).openapi({
      description: 'Seconds for which a use is held and a download can be resumed.',
    }),
    artwork,
  })
  .check((context) => {
    const { value, issues } = context;
    if (value.finish_ttl < value.start_ttl) {
      issues.push({
        code: 'custom',
        path: ['finish_ttl'],
        message: 'must be at least start_ttl',
        input: value.finish_ttl,
      });
    }
  })
  .openapi('CodeBatchRequest');

/** The batch that was asked for. */
export function batchFrom(request: z.output<typeof batchRequest>, issuedBy: string): BatchRequest {
  return {
    label: request.label,
    title: request.title ?? request.label,
    paths: request.paths,
    count: request.count,
    uses: request.uses,
    length: request.length,
    redeemUntil: request.redeem_until === undefined ? undefined : new Date(request.redeem_until),
    startSeconds: request.start_ttl,
    holdSeconds: request.finish_ttl,
    artwork: request.artwork === undefined ? undefined : artworkFrom(Buffer.from(request.artwork, 'base64')),
    issuedBy,
  };
}

const whole = z.number().int();
const instant = z.string().openapi({ format: 'date-time' });

export const batchAnswer = z
  .object({
    id: z.string(),
    label: z.string(),
    title: z.string(),
    paths: z.array(z.string()),
    created_at: instant,
    redeem_until: instant.optional(),
    revoked_at: instant.optional(),
    codes: whole.openapi({ description: 'How many codes the batch has.' }),
    uses: whole.openapi({ description: 'Uses of all codes together: held + spent + free.' }),
    held: whole.openapi({ description: 'Uses that were redeemed and whose copy is not complete yet.' }),
    spent: whole.openapi({ description: 'Uses whose copy is complete.' }),
  })
  .openapi('CodeBatch');

export const codeAnswer = z
  .object({
    serial: whole,
    uses: whole,
    held: whole,
    spent: whole,
    revoked_at: instant.optional(),
  })
  .openapi('CodeUse');

export const issuedAnswer = z
  .object({
    id: z.string(),
    codes: z.array(z.object({ serial: whole, code: z.string(), url: z.string() })),
  })
  .openapi('IssuedCodes');

export const redeemedAnswer = z
  .object({
    title: z.string(),
    page: z.string().openapi({ description: 'The page that shows the files. It works until finish_by.' }),
    finish_by: instant,
    files: z.array(z.object({ path: z.string(), size: whole.optional(), link: z.string() })),
  })
  .openapi('Redeemed');
