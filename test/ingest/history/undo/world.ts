// A database with live counting, imports, and imports taken back, in this process; and all of it in a form that two such
// databases can be compared by.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { clientOf } from '../../../../app/ingest/history/formats/client.ts';
import { type ImportOptions, importFile } from '../../../../app/ingest/history/import.ts';
import type { FileOutcome } from '../../../../app/ingest/history/outcome.ts';
import { keptDays } from '../../../../app/ingest/history/rebuild.ts';
import { findImports } from '../../../../app/ingest/history/undo/imports.ts';
import { undoImports } from '../../../../app/ingest/history/undo/undo.ts';
import { refreshDimensions } from '../../../../app/ingest/store/dimensions.ts';
import { createLogger } from '../../../../app/log.ts';
import type { TestDatabase } from '../../../harness/postgres.ts';
import { count, policy, snapshot, writerFor } from '../../in-process.ts';

const never = new AbortController().signal;
const log = createLogger('test');

export class World {
  readonly database: TestDatabase;
  readonly #folder: string;
  #live: ReturnType<typeof writerFor>;
  #liveLog = '';

  constructor(database: TestDatabase, folder: string) {
    this.database = database;
    this.#folder = folder;
    this.#live = writerFor(database);
  }

  async end(): Promise<void> {
    await this.#live.close();
  }

  /** Counts lines of a log that is followed, in batches of a few. */
  async live(lines: string): Promise<void> {
    this.#liveLog += lines;
    try {
      await count(this.#live, this.#liveLog, 3);
    } catch {
      // As an agent does: a day that it knew may have gone with an import.
      await this.#live.reset();
      await count(this.#live, this.#liveLog, 3);
    }
  }

  /** Imports a log. Where its host is counted live, too, these are other requests. */
  async import(name: string, lines: string, overlap = true): Promise<FileOutcome> {
    const file = path.join(this.#folder, name);
    await writeFile(file, lines);
    const writer = writerFor(this.database);
    const options: ImportOptions = {
      format: 'auto',
      read: {
        edge: 'old1',
        host: 'dl.example.org',
        methods: new Set(['GET']),
        matches: () => true,
        salt: Buffer.alloc(32, 7),
        clientOf: clientOf('auto', []),
      },
      onFormat: () => {},
      since: 0,
      until: Number.POSITIVE_INFINITY,
      overlap,
      identity: '',
      sizeOf: () => 1000,
      onProgress: () => {},
    };
    try {
      return await importFile({ path: name, file }, writer, options, log, never);
    } finally {
      await writer.close();
    }
  }

  /** Takes imports back by their names or numbers. */
  async undo(names: readonly string[], signal = never, onProgress = () => {}): Promise<boolean> {
    const { url, sql } = this.database;
    return undoImports(url, await findImports(sql, names), policy, onProgress, signal);
  }

  /** Every row of every table of counting. Numbers of sources become names, and unused origins are left out. */
  async everything(): Promise<Record<string, unknown>> {
    const { sql } = this.database;
    await refreshDimensions(sql);
    const rows = async (query: string) => [...(await sql.unsafe(query))];
    const { origins: _, key_usage: __, ...tables } = await snapshot(this.database);
    const source = (id: string) =>
      `case ${id} when -1 then 'several' when 0 then 'live' else (select path from sources where id = ${id}) end`;
    return {
      ...tables,
      owners: await rows(
        `select visitor, version_id, token_id, day::text, ${source('coalesce(import_id, 0)')} as owner
         from transfers order by 1, 2, 3, 4`,
      ),
      shares: await rows(
        `select ${source('import_id')} as owner, (to_jsonb(s) - 'import_id')::text as row
         from transfer_shares s order by 1, 2`,
      ),
      keys: await rows(
        `select key_id, day::text, edge, requests, last_at, ${source('import_id')} as owner from key_usage order by 1, 2, 3, 6`,
      ),
      origins: await rows(
        `select (to_jsonb(o) - 'created_at')::text as row from origins o
         where id in (select origin_id from transfers union select origin_id from transfer_shares) order by 1`,
      ),
      sources: await rows(
        `select path, kind, position, tail, lines, requests, rejects, last_at, undone_at from sources order by path, lines`,
      ),
      rejects: await rows(
        `select s.path, r.line, r.reason, r.sample from rejects r left join sources s on s.id = r.source_id order by 1, 2`,
      ),
      reasons: await rows(
        `select s.path, r.reason, r.lines from reject_counts r left join sources s on s.id = r.source_id order by 1, 2`,
      ),
      lines: await rows(
        `select s.path, l.day::text, l.position, l.hashes from import_lines l
         left join sources s on s.id = l.source_id order by 1, 2, 3`,
      ),
      denials: await rows('select kind, subject, reason from denials order by 1, 2'),
      estimated: await rows('select file_id, day::text from estimated_days order by 1, 2'),
      days: await keptDays(sql),
      firstDays: await rows(
        `select * from report.first_days('2020-01-01', '2040-01-01') order by host, path, class`,
      ),
    };
  }
}
