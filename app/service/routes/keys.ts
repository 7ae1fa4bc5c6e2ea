// GET /keys: which link keys are in use, and which are safe to retire.

import { createRoute, z } from '@hono/zod-openapi';
import { nextKey } from '../../keys/change.ts';
import type { Authenticator } from '../http/authenticate.ts';
import type { Deps } from '../http/context.ts';
import { bearer, json, problems } from '../http/responses.ts';
import { newRouter } from '../http/router.ts';

// A key that opened nothing for so long and signs no new links is safe to retire.
const quietDays = 30;

const keysAnswer = z
  .object({
    keys: z.array(
      z
        .object({
          id: z.string().openapi({ description: '"" for downloads that need no link.' }),
          kind: z.enum(['hs256', 'secure_link', 'unknown']).openapi({
            description:
              "secure_link: for links of NGINX's own module, which the site issued before. unknown: not in the key file.",
          }),
          ring: z.string().optional().openapi({
            description:
              'The ring of the key: its links open only the sites of this ring. Absent for the default ring.',
          }),
          current: z
            .boolean()
            .openapi({ description: 'Whether new links (of its ring) are signed with it.' }),
          requests: z.number().int(),
          requests_30_days: z.number().int(),
          last_used_at: z.string().openapi({ format: 'date-time' }).optional(),
          safe_to_retire: z.boolean().openapi({
            description: `Whether it is not current, nor the next to be, and had no request in ${quietDays} days.`,
          }),
        })
        .openapi('KeyUsage'),
    ),
  })
  .openapi('KeyUsages');

type Usage = { key_id: string; requests: string; recent: string; last_at: Date };

export function keysRoutes(deps: Deps, authenticate: Authenticator) {
  const router = newRouter();
  const route = createRoute({
    method: 'get',
    path: '/keys',
    tags: ['operation'],
    summary: 'Use of each link key, and whether it is safe to retire',
    security: bearer,
    middleware: [authenticate('read')] as const,
    responses: {
      200: json(keysAnswer, 'Every key in the key file, and every other key that was used'),
      ...problems(),
    },
  });
  router.openapi(route, async (c) => {
    const since = new Date(deps.now() - quietDays * 86_400_000).toISOString().slice(0, 10);
    const [rings, used] = await Promise.all([
      deps.keyRings(),
      deps.sql<Usage[]>`
        select key_id, sum(requests) as requests, coalesce(sum(requests) filter (where day >= ${since}), 0) as recent,
               max(last_at) as last_at
          from key_usage group by key_id order by key_id`,
    ]);
    const known = rings.flatMap((ring) =>
      ring.keys.map((key) => ({
        id: key.id,
        kind: key.kind as 'hs256' | 'secure_link' | 'unknown',
        ring: ring.name,
        current: key === ring.current,
        isNext: key === nextKey(ring),
      })),
    );
    const others = used
      .filter(({ key_id }) => !known.some(({ id }) => id === key_id))
      .map(({ key_id }) => ({
        id: key_id,
        kind: 'unknown' as const,
        ring: '',
        current: false,
        isNext: false,
      }));
    const keys = [...known, ...others].map(({ id, kind, ring, current, isNext }) => {
      const usage = used.find(({ key_id }) => key_id === id);
      const recent = Number(usage?.recent ?? 0);
      return {
        id,
        kind,
        ...(ring !== '' && { ring }),
        current,
        requests: Number(usage?.requests ?? 0),
        requests_30_days: recent,
        ...(usage && { last_used_at: usage.last_at.toISOString() }),
        safe_to_retire: kind !== 'unknown' && !current && !isNext && recent === 0,
      };
    });
    return c.json({ keys }, 200);
  });
  return router;
}
