// Which lines of an import were counted before, because another log holds them too: the month, then a day of it; the logs
// of one server in two formats. A line that stands n times in one log and m times in another is max(n, m) requests.
//
// The hashes of all lines of imports are kept by day (table import_lines) as long as the day's transfers are. A day that no
// other log touches costs no memory: its hashes are only written down.

import type { Sql } from '../../db/connection.ts';
import type { LineHashes, SeenLines } from '../fold/batch.ts';
import { dateText, dayOf } from '../record/day.ts';
import type { Entry } from '../record/record.ts';
import { LineCounts } from './line-counts.ts';
import { LineHash } from './line-hash.ts';

/** So many days are in memory at once: logs are in the order of time, but for a few lines around midnight. */
const daysInMemory = 4;
/** The batches that PostgreSQL may not hold yet: one is stored while the next is read. */
const batchesUnderWay = 3;

/** A batch's hashes by day, each as two halves. `position`: where the batch begins. */
type Taken = { position: number; days: Map<number, number[]> };

export class ImportedLines implements SeenLines {
  readonly #sql: Sql;
  readonly #sourceId: string;
  /** Days of which a log has lines already. */
  readonly #known: ReadonlySet<number>;
  readonly #loaded = new Map<number, LineCounts>();
  readonly #hash = new LineHash();
  #days = new Map<number, number[]>();
  #recent: Taken[] = [];
  #missing: number | undefined;

  private constructor(sql: Sql, sourceId: string, known: ReadonlySet<number>) {
    this.#sql = sql;
    this.#sourceId = sourceId;
    this.#known = known;
  }

  static async open(sql: Sql, sourceId: string): Promise<ImportedLines> {
    const rows = await sql<{ number: number }[]>`
      select distinct day - date '1970-01-01' as number from import_lines`;
    return new ImportedLines(sql, sourceId, new Set(rows.map((row) => row.number)));
  }

  judge(entry: Entry, clientTag: number): 'new' | 'known' | 'wait' {
    const day = dayOf(entry.at);
    const counts = this.#loaded.get(day);
    if (!counts && this.#known.has(day)) {
      this.#missing = day;
      return 'wait';
    }
    this.#hash.of(entry, clientTag);
    const { hi, lo } = this.#hash;
    let hashes = this.#days.get(day);
    if (!hashes) {
      hashes = [];
      this.#days.set(day, hashes);
    }
    hashes.push(hi, lo);
    return counts && !counts.add(hi, lo) ? 'known' : 'new';
  }

  /** Loads the day that the last line waits for. */
  async load(): Promise<void> {
    const day = this.#missing;
    if (day === undefined) return;
    this.#missing = undefined;
    const [oldest] = this.#loaded.keys();
    if (oldest !== undefined && this.#loaded.size >= daysInMemory) this.#loaded.delete(oldest);
    const counts = new LineCounts();
    const stored = await this.#read(day, counts);
    const under = this.#recent.filter(({ position }) => !stored.has(position)).map(({ days }) => days);
    for (const days of [...under, this.#days]) addAll(counts, days.get(day) ?? []);
    this.#loaded.set(day, counts);
  }

  taken(position: number): LineHashes {
    const days = this.#days;
    this.#days = new Map();
    this.#recent = [...this.#recent.slice(1 - batchesUnderWay), { position, days }];
    return new Map([...days].map(([day, halves]) => [day, Buffer.from(Int32Array.from(halves).buffer)]));
  }

  /** Reads a day's lines out of PostgreSQL. Returns the positions of this log's batches among them. */
  async #read(day: number, counts: LineCounts): Promise<Set<number>> {
    const stored = new Set<number>();
    let source = '';
    let ofSource = new LineCounts();
    const finish = () => {
      for (const [hi, lo, times] of ofSource.here()) counts.note(hi, lo, times);
      ofSource = new LineCounts();
    };
    const rows = this.#sql<{ source_id: string; position: string; hashes: Buffer }[]>`
      select source_id, position, hashes from import_lines where day = ${dateText(day)}
      order by source_id, position`;
    for await (const [row] of rows.cursor(1)) {
      if (!row) continue;
      if (row.source_id !== source) finish();
      source = row.source_id;
      if (source === this.#sourceId) stored.add(Number(row.position));
      addAll(source === this.#sourceId ? counts : ofSource, halvesOf(row.hashes));
    }
    finish();
    return stored;
  }
}

function addAll(counts: LineCounts, halves: ArrayLike<number>): void {
  for (let at = 0; at < halves.length; at += 2) counts.add(halves[at] as number, halves[at + 1] as number);
}

/** The hashes of a row of import_lines, each as two halves. */
export function halvesOf(hashes: Buffer): Int32Array {
  // Copied: the bytes of a row need not begin where a 32-bit number may.
  return new Int32Array(Uint8Array.from(hashes).buffer);
}
