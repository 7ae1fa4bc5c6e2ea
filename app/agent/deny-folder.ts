// Keeps this host's deny folder equal to the table `denials`. The folder holds an empty file for each denied token
// (t/<id>; one of its files: denials/subjects.ts) and visitor (v/<hash>), and NGINX looks for it on each request.
// PostgreSQL tells us of changes by NOTIFY. We also ask every second, because a notification is lost when its connection is.

import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Sql } from '../db/connection.ts';
import type { Logger } from '../log.ts';

type Denial = { kind: 't' | 'v'; subject: string };
type Change = Denial & { denied: boolean };

const askEvery = 1000;
/** The whole folder is compared this often (milliseconds). Denials that have run out, and stray files, are removed then. */
const compareEvery = 60_000;
/** Which subjects may become file names: nothing that could lead out of the folder. */
const valid = { t: /^[A-Za-z0-9_-]{1,32}(?:\.[A-Za-z0-9_-]{22})?$/, v: /^[A-Za-z0-9_-]{11}$/ };

export class DenyFolder {
  readonly #dir: string;
  readonly #databaseUrl: string;
  readonly #log: Logger;
  #sql: Sql | undefined;
  #wake = () => {};
  #comparedAt = Number.NEGATIVE_INFINITY;
  /** What was written since the last comparison, so that it is not written again each second. */
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
      select kind, subject from report.denials`;
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
   * Applies what changed lately: denials that began, and visitors that are let in again. A denial may begin long after it
   * was made. When it is taken back or runs out, its row stays and `until` says so. We look a minute back, because a row
   * becomes visible later than its time says.
   */
  async #followRecent(sql: Sql): Promise<void> {
    const changes = await sql<Change[]>`
      select kind, subject, until is null or until > now() as denied from denials
      where starts_at between now() - interval '1 minute' and now()
         or (kind = 'v' and until between now() - interval '1 minute' and now())`;
    for (const { denied, ...change } of changes) await (denied ? this.#deny(change) : this.#letIn(change));
  }

  async #deny({ kind, subject }: Denial): Promise<void> {
    const file = path.join(this.#dir, kind, subject);
    if (!valid[kind].test(subject) || this.#written.has(file)) return;
    // NGINX opens this file when open_file_cache is on. If it cannot, the denied request passes. So: readable, whatever our
    // umask is.
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
