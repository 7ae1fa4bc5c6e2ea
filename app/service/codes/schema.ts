// What the API takes and returns for codes.

import { z } from '@hono/zod-openapi';
import { isFolder } from '../links/path.ts';
import { distinct, path, text } from '../tokens/schema.ts';
import { artworkFrom, artworkLimits } from './artwork.ts';
import type { BatchRequest } from './batches.ts';
import { codeLengths } from './code.ts';
import { isUntil, readUntil } from './until.ts';

const artwork = z
  .string()
  .refine(
    (value) => artworkFrom(Buffer.from(value, 'base64')) !== undefined,
    `is no JPEG or PNG of up to ${artworkLimits}`,
  )
  .optional()
  .openapi({ description: `A square JPEG or PNG of up to ${artworkLimits}, in base64.` });

const redeemUntil = z
  .string()
  .refine(isUntil, 'must be a day (2027-12-31) or a time (2027-12-31T12:00:00Z)')
  .optional()
  .openapi({
    description:
      'The end of redeeming. A day means the end of that day in the time zone of the pages ([reports] zone). Cards name the last day that counts.',
    example: '2027-12-31',
  });

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
    redeem_until: redeemUntil,
    start_ttl: z.number().int().min(60).max(86_400).default(900).openapi({
      description: 'Seconds within which a redeemed download must begin.',
    }),
    finish_ttl: z.number().int().min(60).max(2_592_000).default(86_400).openapi({
      description: 'Seconds for which a use is held and a download can be resumed.',
    }),
    artwork,
    force: z.boolean().default(false).openapi({
      description: 'Make the batch though NGINX has no such file, or refuses it, or redeem_until is over.',
    }),
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

/**
 * The batch that was asked for.
 * @param zone the time zone of days
 */
export function batchFrom(
  request: z.output<typeof batchRequest>,
  issuedBy: string,
  zone: string,
): BatchRequest {
  return {
    label: request.label,
    title: request.title ?? request.label,
    paths: request.paths,
    count: request.count,
    uses: request.uses,
    length: request.length,
    redeemUntil: request.redeem_until === undefined ? undefined : readUntil(request.redeem_until, zone),
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

export const reprintAnswer = z
  .object({
    ...issuedAnswer.shape,
    omitted: whole.openapi({
      description: 'How many codes are left out: those that were redeemed or revoked.',
    }),
  })
  .openapi('ReprintedCodes');

export const redeemedAnswer = z
  .object({
    title: z.string(),
    page: z.string().openapi({ description: 'The page that shows the files. It works until finish_by.' }),
    finish_by: instant,
    files: z.array(z.object({ path: z.string(), size: whole.optional(), link: z.string() })),
  })
  .openapi('Redeemed');
