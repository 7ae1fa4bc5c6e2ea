// The live view's source: one query a second while somebody watches, however many watch, and none otherwise. It
// reads the transfers of the last minutes; where that takes long it asks less often, so that watching never
// takes more than a tenth of a processor.

import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../../db/connection.ts';
import type { Logger } from '../../log.ts';
import { visitorText } from '../../reports/read.ts';

export type LiveDownload = {
  /** The same for all events of one transfer. */
  id: string;
  at: string;
  /** The file's id, as the pages take it: a name may be longer than an address. */
  file: string;
  host: string;
  path: string;
  class: string;
  client: string;
  from: string;
  token: string;
  bytes: number;
  state: 'completed' | 'partial';
};

type Listener = (downloads: readonly LiveDownload[]) => unknown;

const everyMs = 1000;
/** So many downloads are told at once, and stand on the page. */
export const shown = 50;

export type LiveFeed = {
  /** The latest downloads, newest first. */
  latest(): Promise<LiveDownload[]>;
  /**
   * Calls `listener` with the latest downloads and from then on with what is new, oldest first, until the returned function
   * is called.
   */
  subscribe(listener: Listener): () => void;
};

export function liveFeed(sql: Sql, log: Logger): LiveFeed {
  const listeners = new Set<Listener>();
  // All are told by one reader: what two had read might be told in another order than it was read in.
  const newcomers = new Set<Listener>();
  let following = false;

  async function follow(): Promise<void> {
    following = true;
    let seen = new Map<string, string>();
    while (listeners.size > 0) {
      const begun = performance.now();
      try {
        const fresh = (await readLatest(sql)).reverse();
        // A transfer is new, or has new requests: told by its last request and its bytes.
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
  file_id: string;
  token_id: string;
  last_at: Date;
  host: string;
  path: string;
  class: string;
  client: string;
  referrer_host: string;
  sent: string;
  state: number;
};

// A record is written when its request ends, so what is new has a last request of just now.
async function readLatest(sql: Sql): Promise<LiveDownload[]> {
  // A value and no expression of now(): only the partitions of one day or two are planned. An hour more than is asked
  // for below by the database's clock, which may differ from ours.
  const firstDay = new Date(Date.now() - 2 * 3_600_000).toISOString().slice(0, 10);
  const rows = await sql<Row[]>`
    select t.visitor::text as visitor, t.version_id::text as version_id, f.id::text as file_id,
      t.token_id, t.last_at, f.host, f.path,
      t.class, o.client, o.referrer_host, t.sent, t.state
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
    file: visitorText(row.file_id),
    host: row.host,
    path: row.path,
    class: row.class,
    client: row.client,
    from: row.referrer_host,
    token: row.token_id,
    bytes: Number(row.sent),
    state: (row.state & 2) === 2 ? 'completed' : 'partial',
  }));
}
