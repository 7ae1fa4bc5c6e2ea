// Which visitor had which client address, if the operator has decided to keep that (privacy.address). NGINX writes
// addresses.log; this stores what it says, so that the leeches page can show an address. It is apart from counting: a line
// that is read twice changes nothing, and a line that is lost costs an address on a page.

import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/load.ts';
import { connect, type Sql } from '../db/connection.ts';
import { visitorHalves } from '../ingest/record/visitor.ts';
import type { Logger } from '../log.ts';

const every = 2000;
const forgetEvery = 3_600_000;
/** After a restart at most so many bytes are read again, so that a long log does not hold us up. */
const longestTail = 64 * 1024 * 1024;
const chunkSize = 1024 * 1024;
const perStatement = 5000;
const form =
  /^\{"id":"[0-9a-f]{32}","at":(\d{1,12}\.\d{3}),"visitor":"([A-Za-z0-9_-]{11})","address":"([0-9a-fA-F:.]{2,39}(?:\/\d{1,3})?)"\}$/;

type Seen = { visitor: string; address: string; at: number };

/** Runs until `signal` is aborted; where no address is kept it removes those that were, and ends. */
export async function keepAddresses(config: Config, log: Logger, signal: AbortSignal): Promise<void> {
  const sql = connect(config.databaseUrl, {
    max: 1,
    connection: { application_name: 'tallygate-addresses' },
  });
  const tail = new Tail(config.agent.addressesLog);
  const { address, addressDays } = config.privacy;
  const keepsNone = address === 'none';
  let forgottenAt = Number.NEGATIVE_INFINITY;
  let failing = false;
  while (!signal.aborted) {
    try {
      if (performance.now() - forgottenAt > forgetEvery) {
        await forget(sql, config.edge, keepsNone ? 0 : addressDays);
        forgottenAt = performance.now();
      }
      if (keepsNone) break;
      for (let more = true; more && !signal.aborted; ) {
        const lines = await tail.peek();
        await store(sql, config.edge, lines);
        more = tail.taken();
      }
      if (failing) log.info('addresses are kept again');
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error }, 'addresses cannot be kept; it is tried again');
      failing = true;
    }
    await delay(every, undefined, { signal }).catch(() => {});
  }
  await tail.close();
  await sql.end({ timeout: 1 });
}

function forget(sql: Sql, edge: string, days: number): Promise<unknown> {
  return sql`
    delete from visitor_addresses
    where edge = ${edge} and (${days} = 0 or seen_at < now() - make_interval(days => ${days}))`;
}

async function store(sql: Sql, edge: string, lines: readonly string[]): Promise<void> {
  const latest = new Map<string, Seen>();
  for (const line of lines) {
    const [, at = '', name = '', address = ''] = form.exec(line) ?? [];
    if (at === '') continue;
    const seen = { visitor: visitorNumber(name), address, at: Number(at) };
    const key = `${name} ${address}`;
    if ((latest.get(key)?.at ?? 0) < seen.at) latest.set(key, seen);
  }
  const all = [...latest.values()];
  for (let from = 0; from < all.length; from += perStatement) {
    const some = all.slice(from, from + perStatement);
    await sql`
      insert into visitor_addresses (visitor, edge, address, seen_at)
      select visitor, ${edge}, address, to_timestamp(at)
      from unnest(${some.map((one) => one.visitor)}::bigint[], ${some.map((one) => one.address)}::text[],
        ${some.map((one) => one.at)}::float8[]) as seen(visitor, address, at)
      on conflict (visitor, edge, address) do update set seen_at = greatest(visitor_addresses.seen_at, excluded.seen_at)`;
  }
}

/** A visitor as the database has it. */
function visitorNumber(name: string): string {
  const [hi, lo] = visitorHalves(name);
  return String((BigInt(hi) << 32n) | BigInt(lo >>> 0));
}

/** Follows one file over its rotation: what was written before the rename is read to its end first. */
class Tail {
  readonly #file: string;
  readonly #buffer = Buffer.alloc(chunkSize);
  #handle: FileHandle | undefined;
  #position = 0;
  #next = 0;
  #full = false;
  #started = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** The next whole lines. They are handed out again until `take` is called. */
  async peek(): Promise<string[]> {
    const handle = await this.#current();
    this.#next = this.#position;
    this.#full = false;
    if (!handle) return [];
    const { bytesRead } = await handle.read(this.#buffer, 0, chunkSize, this.#position);
    const end = this.#buffer.lastIndexOf(0x0a, bytesRead - 1) + 1;
    this.#full = bytesRead === chunkSize;
    // We never write so much without a line end: it is not ours.
    this.#next = this.#position + (bytesRead === 0 ? 0 : end > 0 ? end : this.#full ? chunkSize : 0);
    return bytesRead === 0 ? [] : this.#buffer.toString('latin1', 0, end).split('\n');
  }

  /** What was peeked at is done with. Tells whether there is more at once. */
  taken(): boolean {
    this.#position = this.#next;
    return this.#full;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #current(): Promise<FileHandle | undefined> {
    const now = await stat(this.#file).catch(() => undefined);
    const old = await this.#handle?.stat();
    const isRead = old !== undefined && this.#position >= old.size;
    const isOther = now !== undefined && old !== undefined && now.ino !== old.ino;
    if (old && (old.size < this.#position || (isOther && isRead))) await this.close();
    if (!this.#handle && now) {
      this.#handle = await open(this.#file, 'r');
      this.#position = this.#started ? 0 : Math.max(0, now.size - longestTail);
    }
    this.#started = true;
    return this.#handle;
  }
}
