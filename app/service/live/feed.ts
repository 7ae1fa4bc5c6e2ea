// Where the live view gets its downloads from. While anybody watches, it reads the latest transfers once a second,
// however many watch. While nobody does, it reads nothing. Where a read is slow the next one waits ten times as long,
// so that watching takes at most a tenth of a processor.

import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../../db/connection.ts';
import type { Logger } from '../../log.ts';
import { visitorText } from '../../reports/read.ts';

export type LiveDownload = {
  /** The same for every event of one transfer. */
  id: string;
  /** When its last request ended: RFC 3339, UTC. */
  at: string;
  host: string;
  path: string;
  class: string;
  client: string;
  /** The host that links to the file, or ''. */
  from: string;
  /** The id of the token, or ''. */
  token: string;
  /** Sent so far. */
  bytes: number;
  /** `size unknown`: nobody can say whether it is complete. */
  state: 'completed' | 'partial' | 'size unknown';
};

type Listener = (downloads: readonly LiveDownload[]) => unknown;

const everyMs = 1000;
/** At most so many downloads are told at once, and stand on the page. */
export const shown = 50;

export type LiveFeed = {
  /** The latest downloads, newest first. */
  latest(): Promise<LiveDownload[]>;
  /**
   * Calls `listener` with the latest downloads, and after that with each new or changed one; oldest first.
   * The function it returns ends that.
   */
  subscribe(listener: Listener): () => void;
};

export function liveFeed(sql: Sql, log: Logger): LiveFeed {
  const listeners = new Set<Listener>();
  // One reader serves all listeners, so events stay in order.
  const newcomers = new Set<Listener>();
  let following = false;

  async function follow(): Promise<void> {
    following = true;
    let seen = new Map<string, string>();
    while (listeners.size > 0) {
      const begun = performance.now();
      try {
        const fresh = (await readLatest(sql)).reverse();
        // Another time or other bytes: the transfer is new, or had another request.
        const changed = fresh.filter(({ id, at, bytes }) => seen.get(id) !== `${at} ${bytes}`);
        seen = new Map(fresh.map(({ id, at, bytes }) => [id, `${at} ${bytes}`]));
        for (const listener of listeners) {
          const news = newcomers.delete(listener) ? fresh : changed;
          if (news.length > 0) listener(news);
        }
      } catch (error) {
        log.warn({ err: error }, 'the live view cannot read');
      }
      const pause = Math.max(everyMs, 10 * (performance.now() - begun));
      await delay(pause, undefined, { ref: false });
    }
    following = false;
  }

  return {
    latest: () => readLatest(sql),
    subscribe(listener) {
      listeners.add(listener);
      newcomers.add(listener);
      if (!following) void follow();
      return () => {
        listeners.delete(listener);
        newcomers.delete(listener);
      };
    },
  };
}

type Row = {
  visitor: string;
  version_id: string;
  token_id: string;
  last_at: Date;
  host: string;
  path: string;
  class: string;
  client: string;
  referrer_host: string;
  sent: string;
  size: string;
  state: number;
};

// NGINX writes a record when the request ends, so whatever is new has `last_at` close to now.
async function readLatest(sql: Sql): Promise<LiveDownload[]> {
  // A constant, not an expression of now(): so PostgreSQL plans one or two days' partitions instead of all. It reaches
  // back an hour further than the condition on last_at, because our clock and the database's may differ.
  const firstDay = new Date(Date.now() - 2 * 3_600_000).toISOString().slice(0, 10);
  const rows = await sql<Row[]>`
    select t.visitor::text as visitor, t.version_id::text as version_id,
      t.token_id, t.last_at, f.host, f.path, t.class, o.client, o.referrer_host, t.sent, t.size, t.state
    from (
      select * from transfers
      where day >= ${firstDay}::date and last_at > now() - interval '1 hour'
      order by last_at desc limit ${shown}
    ) t
    join files f on f.id = t.file_id
    join origins o on o.id = t.origin_id
    order by t.last_at desc, t.visitor, t.version_id`;
  return rows.map((row) => ({
    id: `${visitorText(row.visitor)}${visitorText(row.version_id)}${row.token_id}`,
    at: row.last_at.toISOString(),
    host: row.host,
    path: row.path,
    class: row.class,
    client: row.client,
    from: row.referrer_host,
    token: row.token_id,
    bytes: Number(row.sent),
    state: Number(row.size) === 0 ? 'size unknown' : (row.state & 2) === 2 ? 'completed' : 'partial',
  }));
}
