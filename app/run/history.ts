// A year of downloads to look at, for `make dev`: an access log as a site has one, which `tallygate ingest` then counts.
// Nothing in it is left to chance: the same last day makes the same lines.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const day = 86_400_000;
const days = 365;
const megabyte = 1024 * 1024;

/** A file, and its bytes; in the order of how often they are wanted. */
const files = [
  ['/downloads/album.zip', 3 * megabyte],
  ['/public/leaflet.pdf', 64 * 1024],
  ['/downloads/podcast/2026-07-tides.mp3', 41 * megabyte],
  ['/downloads/podcast/2026-06-lamps.mp3', 38 * megabyte],
  ['/downloads/images/desktop-13.1-amd64.iso', 640 * megabyte],
  ['/downloads/images/server-13.1-arm64.iso', 410 * megabyte],
  ['/public/fonts/specimen.pdf', 2 * megabyte],
  ['/downloads/setup/editor-2.4.exe', 88 * megabyte],
  ['/downloads/setup/editor-2.4.dmg', 94 * megabyte],
  ['/downloads/course/part-1.mp4', 220 * megabyte],
] as const;

const browsers = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
];
const others = [
  'curl/8.14.1',
  'Wget/1.25.0',
  'AppleCoreMedia/1.0.0.22F76 (iPhone; U; CPU OS 18_5 like Mac OS X; en_us)',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
];
const referrers = [
  '-',
  '-',
  'https://www.example.org/',
  'https://news.example.com/item?id=7',
  'https://forum.example.net/',
];

/** Writes the log of the year before the UTC day of `until`: about 60,000 lines, oldest first. */
export async function writeHistory(file: string, until: Date): Promise<void> {
  const out = createWriteStream(file);
  const random = seeded(1795300000);
  const end = Math.floor(until.getTime() / day) * day;
  for (let back = days; back > 0; back -= 1) {
    const lines = linesOf(end - back * day, days - back, random);
    if (!out.write(lines)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}

/** The lines of a day that begins at `start` (ms), the `age`-th of the year: more every month, fewer at weekends. */
function linesOf(start: number, age: number, random: () => number): string {
  const weekday = new Date(start).getUTCDay();
  const isWeekend = weekday === 0 || weekday === 6;
  // A release now and then, which many come for.
  const rush = age % 60 < 4 ? 2.5 - 0.4 * (age % 60) : 1;
  const count = Math.round((90 + 0.4 * age) * (isWeekend ? 0.6 : 1) * rush * (0.9 + 0.2 * random()));
  // Few at night, most in the evening.
  const times = Array.from({ length: count }, () => Math.floor(day * Math.sqrt(random()) * 0.999)).sort(
    (a, b) => a - b,
  );
  return times.map((time) => line(start + time, random)).join('');
}

function line(at: number, random: () => number): string {
  const [path, size] = files[Math.floor(files.length * random() ** 2)] as (typeof files)[number];
  const address = `203.0.${Math.floor(random() * 4) + 110}.${Math.floor(random() * 254) + 1}`;
  const agent = pick(random() < 0.75 ? browsers : others, random);
  const kind = random();
  const sent = kind < 0.8 ? size : Math.floor(size * random());
  const request = `"GET ${path} HTTP/1.1" ${kind < 0.97 ? `200 ${sent}` : '404 162'}`;
  return `${address} - - [${clock(at)}] ${request} "${pick(referrers, random)}" "${agent}"\n`;
}

/** A time as Apache and NGINX write it, in UTC: 31/Jul/2026:23:59:59 +0000. */
function clock(at: number): string {
  const [, date, month, year, time] = new Date(at).toUTCString().split(' ');
  return `${date}/${month}/${year}:${time} +0000`;
}

function pick<T>(of: readonly T[], random: () => number): T {
  return of[Math.floor(of.length * random())] as T;
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
