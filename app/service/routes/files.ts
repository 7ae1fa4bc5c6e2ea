// /files: how often each file was downloaded.

import { createRoute, z } from '@hono/zod-openapi';
import { countFiles, fileOrders, type Position } from '../files/counts.ts';
import type { Authenticator } from '../http/authenticate.ts';
import type { Deps } from '../http/context.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { Problem } from '../http/problem.ts';
import { bearer, json, problems } from '../http/responses.ts';
import { newRouter } from '../http/router.ts';
import { tally } from '../tokens/schema.ts';

const time = z.iso.datetime({ offset: true });

const filesQuery = z.strictObject({
  sort: z.enum(fileOrders).default('downloads'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional().openapi({ description: '"next" of the previous page.' }),
  from: time.optional().openapi({ description: 'Counts from this time on; tallies have 15-minute buckets.' }),
  to: time.optional(),
  prefix: z.string().max(2048).optional().openapi({ description: 'Only paths that begin with this.' }),
  bots: z.enum(['true', 'false']).default('false').openapi({ description: 'Whether bots count too.' }),
});

const unlessUnknown = z
  .number()
  .int()
  .min(0)
  .nullable()
  .openapi({ description: 'null: not known, because no download is of a known size.' });

const filesAnswer = z
  .object({
    files: z.array(
      tally
        .extend({
          completed: unlessUnknown,
          copies: unlessUnknown,
          size_unknown: z.number().int().min(0).openapi({
            description:
              'Downloads of the file while its size was not known: nobody knows whether they completed.',
          }),
          estimated: z.boolean().openapi({
            description:
              'Whether completed and copies are partly an estimate: an import took the size from elsewhere (--sizes).',
          }),
          host: z.string(),
          path: z.string(),
        })
        .openapi('FileCount'),
    ),
    next: z.string().optional().openapi({ description: 'The cursor of the next page, if there is one.' }),
  })
  .openapi('FileCounts');

export function filesRoutes(deps: Deps, authenticate: Authenticator) {
  const router = newRouter();
  const route = createRoute({
    method: 'get',
    path: '/files',
    tags: ['counts'],
    summary: 'How often each file was downloaded',
    security: bearer,
    middleware: [authenticate('read')] as const,
    request: { query: filesQuery },
    responses: { 200: json(filesAnswer, 'One page of files'), ...problems('malformed') },
  });
  router.openapi(route, async (c) => {
    const { cursor, bots, sort, limit, from, to, prefix } = c.req.valid('query');
    const after = cursor === undefined ? undefined : positionOf(cursor, sort);
    const { files, next } = await countFiles(deps.sql, {
      sort,
      limit,
      from,
      to,
      prefix,
      after,
      bots: bots === 'true',
    });
    const counts = files.map(({ sizeUnknown, ...file }) => ({ ...file, size_unknown: sizeUnknown }));
    return c.json({ files: counts, ...(next && { next: encodeCursor([sort, next.value, next.id]) }) }, 200);
  });
  return router;
}

/** Whether PostgreSQL takes it as a bigint: an id uses all 64 bits. */
const isBigint = (text: string) =>
  /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);

function positionOf(cursor: string, sort: string): Position {
  const [order, value, id] = decodeCursor(cursor, 3) as [string, string, string];
  const numeric = sort === 'path' || /^(?:\d{1,30}|-1)$/.test(value);
  if (order !== sort || !numeric || !isBigint(id)) {
    throw new Problem('malformed', 'cursor: belongs to a list in another order: use it with the same "sort"');
  }
  return { value, id };
}
