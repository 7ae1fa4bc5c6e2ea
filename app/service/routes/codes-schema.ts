// The parameters that the routes for codes share.

import { z } from '@hono/zod-openapi';

export const paperQuery = z.strictObject({
  paper: z
    .enum(['a4', 'letter'])
    .default('a4')
    .openapi({ description: 'The sheet that cards are printed on.' }),
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
