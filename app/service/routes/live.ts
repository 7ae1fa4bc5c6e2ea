// The live view: the page, and the server-sent events from which its script takes new rows.

import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { Deps } from '../http/context.ts';
import { newRouter } from '../http/router.ts';
import { type LiveDownload, liveFeed, shown } from '../live/feed.ts';
import { livePage, liveRows } from '../pages/operator/live.tsx';
import type { View } from '../pages/operator/view.tsx';
import { viewOf } from './page-view.ts';

// NGINX closes a connection on which nothing has come for a minute.
const heartbeatMs = 15_000;
/** How often it is asked whether the session and its API key are still valid. */
const checkMs = 1000;

export function liveRoutes(deps: Deps) {
  const router = newRouter();
  const feed = liveFeed(deps.sql, deps.log);

  router.get('/live', async (c) => {
    const view = viewOf(c, deps);
    return c.html(livePage(view, await feed.latest()));
  });
  router.get('/live/events', (c) => {
    const view = viewOf(c, deps);
    return streamSSE(c, async (stream) => {
      const tell = newestOnly((downloads) => stream.writeSSE(eventOf(view, downloads)));
      // This tells the latest too, so what came since the page was made is not lost. Rows it has are replaced.
      const unsubscribe = feed.subscribe(tell);
      const comment = () => void stream.write(': \n\n');
      const beat = setInterval(comment, heartbeatMs);
      try {
        // The browser sees the connection open with the first bytes, and the page says "live".
        comment();
        await endOf(stream, deps, c.get('stillAllowed'));
      } finally {
        clearInterval(beat);
        unsubscribe();
      }
    });
  });
  return router;
}

/** Rows to put in, oldest first. The event's id is the time of the newest: RFC 3339, UTC. */
function eventOf(view: View, downloads: readonly LiveDownload[]) {
  const times = downloads.map(({ at }) => at).sort();
  return { event: 'downloads', id: times.at(-1) ?? '', data: liveRows(view, downloads) };
}

/** Hands on what it is told. A browser that reads slowly gets only what fits on its page: the newest. */
function newestOnly(write: (downloads: LiveDownload[]) => Promise<unknown>) {
  const waiting = new Map<string, LiveDownload>();
  let writing = false;
  return async (downloads: readonly LiveDownload[]) => {
    for (const download of downloads) {
      waiting.delete(download.id);
      waiting.set(download.id, download);
    }
    const tooMany = [...waiting.keys()].slice(0, Math.max(0, waiting.size - shown));
    for (const id of tooMany) waiting.delete(id);
    if (writing) return;
    writing = true;
    while (waiting.size > 0) {
      const batch = [...waiting.values()];
      waiting.clear();
      await write(batch);
    }
    writing = false;
  };
}

/** Resolves when the browser has gone, the service stops, or the session or its API key has ended. */
function endOf(
  stream: SSEStreamingApi,
  { stopping, log }: Deps,
  stillAllowed: () => Promise<boolean>,
): Promise<void> {
  return new Promise((resolve) => {
    let ended = false;
    let next: NodeJS.Timeout;
    function end() {
      ended = true;
      clearTimeout(next);
      stopping?.removeEventListener('abort', end);
      resolve();
    }
    function look() {
      next = setTimeout(async () => {
        // While PostgreSQL is away there is no news to tell either.
        const allowed = await stillAllowed().catch((error: unknown) => {
          log.debug({ err: error }, 'nobody can say whether a live view may go on');
          return true;
        });
        if (!allowed) end();
        else if (!ended) look();
      }, checkMs).unref();
    }
    look();
    stream.onAbort(end);
    stopping?.addEventListener('abort', end);
    // Neither signal tells of what happened before we listened.
    if (stream.aborted || stopping?.aborted) end();
  });
}
