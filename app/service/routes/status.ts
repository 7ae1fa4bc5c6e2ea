// GET /status: whether counting keeps up, and the sums that prove no line was lost.

import { createRoute, z } from '@hono/zod-openapi';
import type { Authenticator } from '../http/authenticate.ts';
import type { Deps } from '../http/context.ts';
import { bearer, json, problems } from '../http/responses.ts';
import { newRouter } from '../http/router.ts';

const whole = z.number().int();
const instant = z.string().openapi({ format: 'date-time' });
const statusAnswer = z
  .object({
    version: z.string(),
    lines: whole.openapi({ description: 'Log lines read: always requests + rejects.' }),
    requests: whole,
    rejects: whole,
    denied: whole.openapi({ description: 'Tokens and visitors that the edges refuse now.' }),
    edges: z.array(
      z
        .object({
          edge: z.string(),
          unread_bytes: whole.openapi({
            description: 'Bytes of its logs that were unread when the agent last looked.',
          }),
          last_record_at: instant.optional(),
          last_seen_at: instant,
        })
        .openapi('EdgeStatus'),
    ),
  })
  .openapi('Status');

type Edge = { edge: string; unread: string; last_at: Date | null; updated_at: Date };
type Sums = { lines: string; requests: string; rejects: string; denied: string };

export function statusRoutes(deps: Deps, authenticate: Authenticator) {
  const router = newRouter();
  const route = createRoute({
    method: 'get',
    path: '/status',
    tags: ['operation'],
    summary: 'Whether counting keeps up',
    security: bearer,
    middleware: [authenticate('read')] as const,
    responses: { 200: json(statusAnswer, 'Sums over all logs, and each edge'), ...problems() },
  });
  router.openapi(route, async (c) => {
    const [[sums], edges] = await Promise.all([
      deps.sql<Sums[]>`
        select coalesce(sum(lines), 0) as lines, coalesce(sum(requests), 0) as requests,
               coalesce(sum(rejects), 0) as rejects,
               (select count(*) from report.denials) as denied
          from sources`,
      deps.sql<Edge[]>`
        select edge, sum(greatest(seen_size - position, 0)) as unread, max(last_at) as last_at,
               max(updated_at) as updated_at
          from sources where kind = 'file' group by edge order by edge`,
    ]);
    return c.json(
      {
        version: process.env.TALLYGATE_VERSION ?? 'development',
        lines: Number(sums?.lines),
        requests: Number(sums?.requests),
        rejects: Number(sums?.rejects),
        denied: Number(sums?.denied),
        edges: edges.map(({ edge, unread, last_at, updated_at }) => ({
          edge,
          unread_bytes: Number(unread),
          ...(last_at && { last_record_at: last_at.toISOString() }),
          last_seen_at: updated_at.toISOString(),
        })),
      },
      200,
    );
  });
  return router;
}
