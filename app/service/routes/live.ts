// The live view: the page, and the events that its script listens to.

import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { Deps } from '../http/context.ts';
import { newRouter } from '../http/router.ts';
import { type LiveDownload, liveFeed, shown } from '../live/feed.ts';
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
    return c.html(livePage(view, await feed.latest()));
  });
  router.get('/live/events', (c) =>
    streamSSE(c, async (stream) => {
      const tell = newestOnly((downloads) =>
        stream.writeSSE({ event: 'downloads', data: JSON.stringify(downloads) }),
      );
      // The latest, too: what happened between the making of the page and now. The page knows what it has already.
      const unsubscribe = feed.subscribe(tell);
      const comment = () => void stream.write(': \n\n');
      const beat = setInterval(comment, heartbeatMs);
      try {
        // The head of the answer goes out with its first bytes: the page says "live" from then on.
        comment();
        await endOf(stream, deps.stopping);
      } finally {
        clearInterval(beat);
        unsubscribe();
      }
    }),
  );
  return router;
}

/** Hands on what is told, but to a browser that takes long to read no more than fits on its page. */
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

/** When the browser has gone, the service stops, or the session is due to be looked at. */
function endOf(stream: SSEStreamingApi, stopping: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const longest = setTimeout(end, longestMs).unref();
    function end() {
      clearTimeout(longest);
      stopping?.removeEventListener('abort', end);
      resolve();
    }
    stream.onAbort(end);
    stopping?.addEventListener('abort', end);
    // Neither tells of what is past.
    if (stream.aborted || stopping?.aborted) end();
  });
}
