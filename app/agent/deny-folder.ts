// Keeps this host's deny folder in step with the table `denials`: an empty file per denied token (t/<id>) or
// visitor (v/<hash>), which NGINX looks for on each request. Told by NOTIFY, and asking every second behind
// that, because a notification is lost with its connection.

import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Sql } from '../db/connection.ts';
import type { Logger } from '../log.ts';

type Denial = { kind: 't' | 'v'; subject: string };
type Change = Denial & { denied: boolean };

const askEvery = 1000;
/** Everything is compared this often: tokens whose denial has run out, and what lies there by mistake, go then. */
const compareEvery = 60_000;
/** What becomes a file name: nothing that could leave the folder. */
const valid = { t: /^[A-Za-z0-9_-]{1,32}$/, v: /^[A-Za-z0-9_-]{11}$/ };

export class DenyFolder {
  readonly #dir: string;
  readonly #databaseUrl: string;
  readonly #log: Logger;
  #sql: Sql | undefined;
  #wake = () => {};
  #comparedAt = Number.NEGATIVE_INFINITY;
  /** What was written since the last comparison, so as not to write it each second. */
  readonly #written = new Set<string>();
  #failing = false;

  constructor(dir: string, databaseUrl: string, log: Logger) {
    this.#dir = dir;
    this.#databaseUrl = databaseUrl;
    this.#log = log;
  }

  /** Runs until `signal` is aborted. While PostgreSQL cannot be reached, the folder stays as it is. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const over = new AbortController();
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        await this.#step();
        if (this.#failing) this.#log.info('the deny folder is in step again');
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) this.#log.error({ err: error, dir: this.#dir }, 'the deny folder falls behind');
        this.#failing = true;
        await this.#disconnect();
      }
      const either = AbortSignal.any([signal, over.signal]);
      await Promise.race([woken, delay(askEvery, undefined, { signal: either }).catch(() => {})]);
      over.abort();
    }
    await this.#disconnect();
  }

  async #step(): Promise<void> {
    if (!this.#sql) {
      const sql = connect(this.#databaseUrl, { max: 1, connection: { application_name: 'tallygate-deny' } });
      this.#sql = sql;
      await mkdir(path.join(this.#dir, 't'), { recursive: true });
      await mkdir(path.join(this.#dir, 'v'), { recursive: true });
      for (const kind of ['t', 'v']) await chmod(path.join(this.#dir, kind), 0o755);
      await sql.listen('tallygate_denials', () => this.#wake());
      this.#comparedAt = Number.NEGATIVE_INFINITY;
    }
    if (performance.now() - this.#comparedAt > compareEvery) await this.#compare(this.#sql);
    else await this.#followRecent(this.#sql);
  }

  /** Makes the folder hold exactly what the table says. */
  async #compare(sql: Sql): Promise<void> {
    const startedAt = performance.now();
    const denials = await sql<Denial[]>`
      select kind, subject from denials where until is null or until > now()`;
    for (const kind of ['t', 'v'] as const) {
      const wanted = new Set(denials.filter((d) => d.kind === kind).map((d) => d.subject));
      const present = new Set(await readdir(path.join(this.#dir, kind)));
      for (const subject of wanted) if (!present.has(subject)) await this.#deny({ kind, subject });
      for (const subject of present) {
        if (!wanted.has(subject)) await rm(path.join(this.#dir, kind, subject), { force: true });
      }
    }
    this.#comparedAt = startedAt;
    this.#written.clear();
  }

  /**
   * What is new, and which visitors are let in again: taken back or run out, `until` says so and the row stays. With a
   * minute of overlap, as a row becomes visible later than its time says.
   */
  async #followRecent(sql: Sql): Promise<void> {
    const changes = await sql<Change[]>`
      select kind, subject, until is null or until > now() as denied from denials
      where created_at > now() - interval '1 minute'
         or (kind = 'v' and until between now() - interval '1 minute' and now())`;
    for (const { denied, ...change } of changes) await (denied ? this.#deny(change) : this.#letIn(change));
  }

  async #deny({ kind, subject }: Denial): Promise<void> {
    const file = path.join(this.#dir, kind, subject);
    if (!valid[kind].test(subject) || this.#written.has(file)) return;
    // With open_file_cache on NGINX opens it, and lets pass whom it names where it may not: whatever our umask is.
    await writeFile(file, '');
    await chmod(file, 0o644);
    this.#written.add(file);
  }

  async #letIn({ kind, subject }: Denial): Promise<void> {
    if (!valid[kind].test(subject)) return;
    const file = path.join(this.#dir, kind, subject);
    await rm(file, { force: true });
    this.#written.delete(file);
  }

  async #disconnect(): Promise<void> {
    const sql = this.#sql;
    this.#sql = undefined;
    await sql?.end({ timeout: 1 }).catch(() => {});
  }
}
