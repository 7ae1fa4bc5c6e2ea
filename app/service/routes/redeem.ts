// /tallygate/redeem: the form, and the page with what was redeemed. A GET never takes a use: the QR code of a card
// only fills in the form. Works without JavaScript.

import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { csrf } from 'hono/csrf';
import { endedBecause, findRedemption, type Redemption, redeemedLink } from '../codes/redemption.ts';
import { freeAgainAt } from '../codes/settle.ts';
import type { TypedRedeemer } from '../codes/typed.ts';
import { moment, type Words } from '../codes/words.ts';
import { limitBody } from '../http/body.ts';
import type { Deps, Env } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import { newRouter } from '../http/router.ts';
import { endedPage, filesPage, redeemForm } from '../pages/redeem.tsx';
import { pageHeaders } from '../pages/security.ts';

const status = { malformed: 400, not_found: 404, gone: 410, too_many_requests: 429 } as const;
const secretForm = /^[A-Za-z0-9_-]{22}$/;
const cookie = 'tallygate_redeemed';

const isUuid = (field: unknown): field is string =>
  typeof field === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(field);

export function redeemRoutes(deps: Deps, redeem: TypedRedeemer) {
  const router = newRouter();
  router.use(pageHeaders(), notKept);
  const refuse = (c: Context<Env>, typed: string, words: Words) =>
    c.html(redeemForm({ typed, problem: words }), status[words.code as keyof typeof status] ?? 400);

  router.get('/', (c) => c.html(redeemForm({ typed: c.req.query('c')?.slice(0, 60) })));

  router.use('/', csrf({ origin: deps.origin }));
  router.post('/', limitBody(16 * 1024), async (c) => {
    if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')) {
      throw new Problem(
        'unsupported_media_type',
        'This URL takes a form only. Programs redeem codes at /tallygate/api/v1/codes/redeem.',
      );
    }
    const { code, once } = await c.req.parseBody();
    const form = { key: isUuid(once) ? once : undefined };
    const typed = typeof code === 'string' ? code : '';
    try {
      const outcome = await redeem(c, typed, { held: getCookie(c, cookie), form });
      if (outcome.kind === 'refused') return refuse(c, typed.slice(0, 60), outcome.words);
      return show(c, outcome.secret);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'too_many_requests') throw error;
      const answer = await refuse(c, '', {
        code: error.code,
        title: 'Those were too many tries.',
        text: error.message,
      });
      answer.headers.set('retry-after', error.headers['retry-after'] ?? '60');
      return answer;
    }
  });

  router.get('/:secret', async (c) => {
    const secret = c.req.param('secret');
    const found = secretForm.test(secret) ? await findRedemption(deps.sql, secret) : undefined;
    if (!found) throw new Problem('not_found', 'There is no such page.');
    return page(c, found);
  });

  function show(c: Context<Env>, secret: string) {
    const page = `/tallygate/redeem/${secret}`;
    setCookie(c, cookie, secret, {
      path: '/tallygate/redeem',
      httpOnly: true,
      sameSite: 'Lax',
      secure: deps.origin.startsWith('https:'),
    });
    // The page has a URL of its own, so loading it again, or coming back to it, takes no second use.
    return c.redirect(page, 303);
  }

  async function page(c: Context<Env>, found: Redemption) {
    const ended = endedBecause(found, deps.now());
    if (ended)
      return c.html(endedPage(ended === 'revoked' ? revokedWords : overWords(found, deps.now())), 410);
    const { current } = await deps.keyRing();
    const files = found.files.map((file) => ({
      name: file.path.split('/').filter(Boolean).at(-1) ?? file.path,
      size: file.size,
      downloaded: file.downloaded,
      link: redeemedLink(found, file, current, deps.origin, deps.now()),
    }));
    return c.html(
      filesPage({
        title: found.title,
        artwork: found.hasArtwork ? `/tallygate/artwork/${found.batchId}` : undefined,
        files,
        finishBy: found.finishBy,
        minutes: Math.floor(found.startSeconds / 60),
      }),
    );
  }
  return router;
}

// The pages hold somebody's links, so no cache may keep them.
const notKept = async (c: Context<Env>, next: () => Promise<void>) => {
  await next();
  c.res.headers.set('cache-control', 'no-store');
};

const revokedWords: Words = {
  code: 'gone',
  title: 'This code is no longer valid.',
  text: 'It was withdrawn. Please ask whoever gave it to you.',
};

/** What is said when the time for a download is over. Whether the code can be used again is what the form goes by, too. */
function overWords({ state, finishBy }: Redemption, now: number): Words {
  const free = freeAgainAt(finishBy);
  const again =
    state === 'released' || free.getTime() < now
      ? 'the code can be used again.'
      : `the code can be used again from ${moment(free)} on. Until then we wait for downloads that are still under way.`;
  return {
    code: 'gone',
    title: 'The time for this download is over.',
    text:
      state === 'spent' ? 'This use of the code is spent.' : `If nothing was downloaded to the end, ${again}`,
  };
}
