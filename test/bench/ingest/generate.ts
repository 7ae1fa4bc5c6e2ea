// Logs for the benchmark: the same requests as our records and in the combined format that GoAccess reads.
// Everything follows from the seed.

import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

export type Shape = 'realistic' | 'worst';

const files = 1000;
/** Transfers that are under way at the same time in the realistic mix. */
const concurrent = 2000;
/** Midnight UTC two days ago, in seconds. */
const start = Math.floor(Date.now() / 86_400_000 - 2) * 86_400;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const span = 86_000;
const agents = [
  ...Array.from(
    { length: 60 },
    (_, i) => `Mozilla/5.0 (X11; Linux x86_64; rv:${90 + i}.0) Gecko/20100101 Firefox/${90 + i}.0`,
  ),
  ...Array.from(
    { length: 60 },
    (_, i) =>
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${80 + i}.0.0.0 Safari/537.36`,
  ),
  'curl/8.5.0',
  'Wget/1.21.4',
  'aria2/1.37.0',
  'Debian APT-HTTP/1.3 (2.6.1)',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
];
const referrers = ['', '', 'example.org', 'www.example.org', 'news.example.net', 'forum.example.com'];
const countries = ['DE', 'US', 'FR', 'GB', 'JP', ''];

type Transfer = {
  visitor: string;
  address: string;
  file: number;
  agent: string;
  referrer: string;
  country: string;
  next: number;
  parts: number;
};

/** Writes `count` requests to two files; returns how many transfers they are. */
export async function generate(
  shape: Shape,
  count: number,
  seed: number,
  paths: { records: string; combined?: string; rows?: string },
): Promise<number> {
  const random = randomNumbers(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const zipf = zipfNumbers(files, random);
  const sizes = Array.from({ length: files }, () => 100_000 + Math.floor(random() * 900_000_000));
  let transfers = 0;
  const begin = (): Transfer => {
    const number = transfers++;
    return {
      visitor: Buffer.from(hex(random) + hex(random), 'hex').toString('base64url'),
      address: [24, 16, 8, 0].map((shift) => ((number * 2_654_435_761) >>> shift) & 255).join('.'),
      file: zipf(),
      agent: pick(agents),
      referrer: pick(referrers),
      country: pick(countries),
      next: 0,
      // 4 requests on average
      parts: shape === 'worst' ? 1 : 1 + Math.floor(random() * 7),
    };
  };
  const active = Array.from({ length: shape === 'worst' ? 1 : concurrent }, begin);
  const records = new Output(paths.records);
  const combined = new Output(paths.combined);
  const rows = new Output(paths.rows);
  for (let number = 0; number < count; number += 1) {
    const slot = Math.floor(random() * active.length);
    const transfer = active[slot] as Transfer;
    const at = start + (span * number) / count;
    const size = sizes[transfer.file] as number;
    const from = Math.floor((size * transfer.next) / transfer.parts);
    transfer.next += 1;
    const sent = Math.floor((size * transfer.next) / transfer.parts) - from;
    const status = transfer.parts === 1 ? 200 : 206;
    const path = `/downloads/release-${transfer.file % 40}/package-${transfer.file}-amd64.iso`;
    const id = hex(random) + hex(random) + hex(random) + hex(random);
    records.text += `{"v":1,"edge":"fra1","id":"${id}","at":${at.toFixed(3)},"host":"dl.example.org","path":"${path}","etag":"\\"67-${transfer.file.toString(16)}\\"","status":${status},"sent":${sent},"from":${from},"size":${size},"ms":12,"token":"","key":"a1","visitor":"${transfer.visitor}","agent":"${transfer.agent}","referrer":"${transfer.referrer}","country":"${transfer.country}"}\n`;
    if (combined.wanted)
      combined.text += `${transfer.address} - - [${clf(at)}] "GET ${path} HTTP/1.1" ${status} ${sent} "${transfer.referrer ? `https://${transfer.referrer}/` : '-'}" "${transfer.agent}"\n`;
    if (rows.wanted)
      rows.text += `${at.toFixed(3)}\tfra1\t${id}\tdl.example.org\t${path}\t"67-${transfer.file.toString(16)}"\t${status}\t${sent}\t${from}\t${size}\t12\t\ta1\t${transfer.visitor}\t${transfer.agent}\t${transfer.referrer}\t${transfer.country}\n`;
    if (transfer.next >= transfer.parts) active[slot] = begin();
    if (records.text.length > 1 << 20) for (const output of [records, combined, rows]) await output.write();
  }
  for (const output of [records, combined, rows]) await output.end();
  return transfers;
}

/** The columns of a row, for the table that `\copy` fills. */
export const rowColumns = `at double precision, edge text, id text, host text, path text, etag text, status integer,
  sent bigint, "from" bigint, size bigint, ms integer, token text, key text, visitor text, agent text,
  referrer text, country text`;

/** A file that grows by whole pieces; without a path, nothing. */
class Output {
  text = '';
  readonly wanted: boolean;
  readonly #stream: WriteStream | undefined;

  constructor(path: string | undefined) {
    this.wanted = path !== undefined;
    this.#stream = path === undefined ? undefined : createWriteStream(path);
  }

  async write(): Promise<void> {
    if (this.#stream && !this.#stream.write(this.text)) await once(this.#stream, 'drain');
    this.text = '';
  }

  async end(): Promise<void> {
    await this.write();
    if (!this.#stream) return;
    this.#stream.end();
    await finished(this.#stream);
  }
}

/** 20/Nov/2026:12:00:00 +0000 */
function clf(at: number): string {
  const iso = new Date(at * 1000).toISOString();
  return `${iso.slice(8, 10)}/${months[new Date(at * 1000).getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}

/** 32 bits as 8 hexadecimal digits. */
function hex(random: () => number): string {
  return Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Indexes below `count` whose probability falls as 1/rank. */
function zipfNumbers(count: number, random: () => number): () => number {
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= count; rank += 1) {
    sum += 1 / rank;
    sums.push(sum);
  }
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
