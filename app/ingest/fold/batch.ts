// A batch: what was read of one source since its cursor, and is stored in one transaction.

import type { Entry, Reason } from '../record/record.ts';
import type { Fold } from './fold.ts';

/** A line that was not counted. `line` counts from 1 in its source, `position` is its first byte. */
export type Reject = { line: number; position: number; reason: Reason; sample: string };

/** A place in a source: bytes and lines before it, and the last bytes before it as a hash. */
export type Place = { position: number; lines: number; tail: Uint8Array; tailLength: number };

export type Batch = {
  sourceId: string;
  /** The position it was read from: the cursor must still stand there. */
  from: number;
  to: Place;
  lines: number;
  fold: Fold;
  rejects: readonly Reject[];
  /** All rejected lines by reason, those without a sample too. */
  rejectCounts: ReadonlyMap<Reason, number>;
  /** When the last line ended (milliseconds), and how large the source is: told to people. */
  lastAt: number | undefined;
  seenSize: number;
  /** Of imports: what the batch's lines are known by later on. */
  lineHashes?: LineHashes | undefined;
  /** Of imports that can be taken back. */
  importOf?: ImportOf | undefined;
};

/** Whose requests a batch holds, where they were not counted live. */
export type ImportOf = {
  /** The id of its source: what it adds to a transfer is kept apart from what others add. */
  id: number;
  /**
   * Whether its transfers may be those of live requests: records name their visitors as these do, other logs never. What
   * becomes of a request that was counted live before: nobody could tell, so it is refused, or counted with all others.
   */
  meetsLive: 'never' | 'refused' | 'counted';
};

/** The hashes of lines, eight bytes each, by the day of their request. */
export type LineHashes = ReadonlyMap<number, Buffer>;

/** Says of a request whether another log has it already (history/seen-lines.ts). */
export type SeenLines = {
  /** `wait`: call `load`, then judge it again. */
  judge(entry: Entry, clientTag: number): 'new' | 'known' | 'wait';
  load(): Promise<void>;
  /** The hashes of all lines judged since the last call: those of the batch that begins at `position`. */
  taken(position: number): LineHashes;
};

export type BatchLimits = {
  /** Transfers in a batch: memory, and how much PostgreSQL does at once. */
  transfers: number;
  lines: number;
};

/** A batch out of a file. */
export const fileLimits: BatchLimits = { transfers: 50_000, lines: 400_000 };
/** Lines of a file's first batch. Each may have four times as many as the last: so PostgreSQL begins at once. */
export const firstLines = 8_000;
/** A batch out of a stream has so many lines at most. */
export const streamLines = 5_000;
/** Of a batch, so many rejected lines keep a sample. */
export const samplesPerBatch = 1_000;
/** Of a source, so many: further lines are only counted, by reason. */
export const samplesPerSource = 10_000;

/** A record may be this far ahead of our clock (milliseconds): two hosts may disagree by an hour, not by a day. */
export const futureLimit = 3_600_000;
