// /tallygate/get/the/path?e=...&s=...: a page with a button for the link /the/path?e=...&s=... A GET spends nothing and leads
// nowhere by itself; the button is a form, and its answer leads to the link. Works without JavaScript.

import type { Context } from 'hono';
import { encodePath } from '../../../njs/link/build.ts';
import { standingOf } from '../../denials/standing.ts';
import { namesAskedFor } from '../../denials/subjects.ts';
import { judge } from '../../link/explain/judge.ts';
import { pageFolder } from '../../link/sign.ts';
import type { Deps, Env } from '../http/context.ts';
import { newRouter } from '../http/router.ts';
import { getWords } from '../links/get-words.ts';
import { getPage, noGetPage } from '../pages/get.tsx';
import { pageHeaders } from '../pages/security.ts';

type Outcome = { name: string; link: string } | 'broken' | 'ended';

export function getRoutes(deps: Deps) {
  const router = newRouter();
  router.use(pageHeaders(), async (c, next) => {
    await next();
    c.res.headers.set('cache-control', 'no-store');
    c.res.headers.set('vary', 'Accept-Language');
  });
  router.get('/*', async (c) => {
    const words = getWords(c.req.header('accept-language'));
    const outcome = await open(c);
    if (typeof outcome === 'string')
      return c.html(noGetPage(words, outcome), outcome === 'ended' ? 410 : 403);
    return c.html(getPage({ words, name: outcome.name, action: `${pageFolder}${outcome.link}` }));
  });
  // No check of where the form was sent from: who has the link may follow it anyway, and nothing changes by it.
  router.post('/*', async (c) => {
    const outcome = await open(c);
    if (typeof outcome === 'string')
      return c.html(
        noGetPage(getWords(c.req.header('accept-language')), outcome),
        outcome === 'ended' ? 410 : 403,
      );
    return c.redirect(outcome.link, 303);
  });

  /** What the gate would say of the link, as far as it can be known here. It decides again when the link is followed. */
  async function open(c: Context<Env>): Promise<Outcome> {
    const { pathname, search } = new URL(c.req.url);
    const asked = pathname.slice(pageFolder.length) + search;
    const now = Math.floor(deps.now() / 1000);
    const client = deps.clientAddress(c);
    const judged = judge({ address: asked }, { ring: await deps.keyRing(), now, client });
    if (judged.status === 410) return 'ended';
    const { reading } = judged;
    // Only a link of ours with its arguments in the query: the button leads nowhere else.
    if (judged.status !== 200 || judged.state !== 'fits' || !judged.link || reading?.place !== 'query')
      return 'broken';
    const { t, n, p } = judged.link;
    if (t !== '') {
      const { denial } = await standingOf(
        deps.sql,
        t,
        namesAskedFor(t, reading.path, p !== ''),
        reading.path,
      );
      if (denial && denial.startsAt.getTime() <= deps.now()) return 'ended';
    }
    // Written anew: what was sent may begin with two slashes, and then lead to another host.
    const link = encodePath(reading.path) + search;
    return { name: n || (reading.path.split('/').filter(Boolean).at(-1) ?? reading.path), link };
  }
  return router;
}
