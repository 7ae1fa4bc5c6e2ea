// The parameters that the routes for codes share.

import { z } from '@hono/zod-openapi';

export const paperQuery = z.strictObject({
  paper: z
    .enum(['a4', 'letter'])
    .default('a4')
    .openapi({ description: 'The sheet that cards are printed on.' }),
});

/** What a batch is handed out as. "Accept" chooses. */
export const handOutContent = <S extends z.ZodType>(schema: S) => ({
  'application/json': { schema },
  'text/csv': { schema: { type: 'string' as const } },
  'text/html': { schema: { type: 'string' as const } },
  'application/pdf': { schema: { type: 'string' as const, format: 'binary' } },
});

const id = z
  .string()
  .regex(/^[0-9a-z]{22}$/)
  .openapi({ param: { name: 'id', in: 'path' } });

export const batchId = z.object({ id });

export const codeId = z.object({
  id,
  serial: z.coerce
    .number()
    .int()
    .min(1)
    .openapi({ param: { name: 'serial', in: 'path' }, description: 'The number printed on the card.' }),
});
