// The live view: the page, and the events that its script listens to.

import { streamSSE } from 'hono/streaming';
import type { Deps } from '../http/context.ts';
import { newRouter } from '../http/router.ts';
import { type LiveDownload, liveFeed } from '../live/feed.ts';
import { livePage } from '../pages/operator/live.tsx';
import { viewOf } from './page-view.ts';

// NGINX ends a connection on which nothing came for a minute.
const heartbeatMs = 15_000;
/** The session is looked at again when the browser connects anew. */
const longestMs = 30 * 60_000;

export function liveRoutes(deps: Deps) {
  const router = newRouter();
  const feed = liveFeed(deps.sql, deps.log);

  router.get('/live', async (c) => {
    const view = viewOf(c, deps);
    return c.html(livePage(view, await feed.latest(), '/tallygate/reports/live/events'));
  });
  router.get('/live/events', (c) =>
    streamSSE(c, async (stream) => {
      const tell = (downloads: readonly LiveDownload[]) =>
        void stream.writeSSE({ event: 'downloads', data: JSON.stringify(downloads) });
      // What happened between the making of the page and now; the page knows what it has already.
      const unsubscribe = feed.subscribe(tell);
      await feed.latest().then((latest) => tell(latest.reverse()));
      const beat = setInterval(() => void stream.write(': \n\n'), heartbeatMs);
      await new Promise<void>((resolve) => {
        stream.onAbort(resolve);
        deps.stopping?.addEventListener('abort', () => resolve(), { once: true });
        setTimeout(resolve, longestMs).unref();
      });
      clearInterval(beat);
      unsubscribe();
    }),
  );
  return router;
}
