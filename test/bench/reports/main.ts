// `make bench-reports`: every page and report of the last 30 days, on a history of 36 days and on one of a year, in
// turns. What is asked of them: hardly slower with ten times the history, and fast with all of it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../../app/config/load.ts';
import { connect } from '../../../app/db/connection.ts';
import { migrate } from '../../../app/db/migrate.ts';
import { createLogger } from '../../../app/log.ts';
import { createMetrics } from '../../../app/metrics/metrics.ts';
import { startCluster } from '../../../app/run/cluster.ts';
import { createApp } from '../../../app/service/app.ts';
import { clientAddress } from '../../../app/service/http/client-address.ts';
import type { Deps } from '../../../app/service/http/context.ts';
import { createApiKey } from '../../../app/service/keys/api-keys.ts';
import { attemptLimits } from '../../../app/service/limits/attempts.ts';
import { fillHistory } from './history.ts';

const rounds = Number(process.env.ROUNDS ?? 25);
const shortDays = 36;
const longDays = 365;

const say = (text: string) => process.stdout.write(`${text}\n`);
const at = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] as number;

const last = new Date().toISOString().slice(0, 10);
const first = new Date(Date.now() - 29 * 86_400_000).toISOString().slice(0, 10);
const period = `first=${first}&last=${last}&zone=Europe/Berlin`;
const file = 'host=dl.example.org&path=/files/1.iso';
const addresses = [
  '/tallygate/reports?zone=Europe/Berlin',
  `/tallygate/reports/files?${period}`,
  `/tallygate/reports/file?${file}&zone=Europe/Berlin`,
  `/tallygate/reports/file?${file}&span=hours`,
  '/tallygate/reports/tokens',
  '/tallygate/reports/leeches?min_requests=10',
  '/tallygate/reports/agents',
  '/tallygate/reports/sources',
  '/tallygate/reports/keys',
  '/tallygate/reports/live',
  `/tallygate/api/v1/reports/files?${period}`,
  `/tallygate/api/v1/reports/files?${period}&path=/files/1.iso`,
  `/tallygate/api/v1/reports/totals?${period}`,
  `/tallygate/api/v1/reports/history?${period}&${file}`,
  `/tallygate/api/v1/reports/downloads?first=${first}&last=${last}&${file}`,
  `/tallygate/api/v1/reports/classes?${period}`,
  `/tallygate/api/v1/reports/referrers?first=${first}&last=${last}`,
  '/tallygate/api/v1/reports/leeches?min_requests=10',
  '/tallygate/api/v1/reports/agents?class=bot',
];
// These show twelve months or all there is, so they may grow with it: no part of "growth", which is about answers for
// the last 30 days. They have to be as fast and as small as the others.
const wholeHistory = [
  '/tallygate/reports/months?zone=Europe/Berlin',
  '/tallygate/reports/files',
  `/tallygate/reports/file?${file}&span=months`,
  '/tallygate/api/v1/reports/files',
];

const dir = await mkdtemp(path.join(tmpdir(), 'tallygate-bench-'));
const cluster = await startCluster(dir, { fsync: 'off', shared_buffers: '512MB', max_wal_size: '4GB' });
try {
  const [short, long] = [await service('short', shortDays), await service('long', longDays)];
  say(JSON.stringify(await measure(short, long)));
  await Promise.all([short.end(), long.end()]);
} finally {
  await cluster.stop();
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

async function service(name: string, days: number) {
  const admin = connect(cluster.url(), { max: 1 });
  await admin.unsafe(`create database ${name}`);
  await admin.end();
  const url = cluster.url(name);
  await migrate(url);
  const sql = connect(url, { max: 10 });
  const begun = performance.now();
  const rows = await fillHistory(sql, days);
  say(`${days} days: ${rows} tallies, made in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  const log = createLogger('bench');
  const deps: Deps = {
    sql,
    reading: sql,
    config: loadConfig({ env: { TALLYGATE_DATABASE_URL: url } }),
    origin: 'https://dl.example.org',
    keyRing: () => Promise.reject(new Error('there is no key file here')),
    keyRings: () => Promise.reject(new Error('there is no key file here')),
    codesKey: () => Promise.reject(new Error('nor one for codes')),
    log,
    clientAddress: clientAddress([]),
    attempts: attemptLimits(sql),
    metrics: createMetrics(sql, log),
    now: Date.now,
  };
  const app = createApp(deps);
  const { secret } = await createApiKey(sql, 'bench', ['read']);
  return {
    /** Milliseconds and bytes of one answer. */
    async ask(address: string) {
      const from = performance.now();
      const response = await app.request(address, { headers: { authorization: `Bearer ${secret}` } });
      const body = await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`${address}: ${response.status} ${Buffer.from(body)}`);
      return { ms: performance.now() - from, bytes: body.byteLength };
    },
    end: () => sql.end(),
  };
}

type Service = Awaited<ReturnType<typeof service>>;

async function measure(short: Service, long: Service) {
  const times = new Map<string, { short: number[]; long: number[]; bytes: number }>();
  for (const address of [...addresses, ...wholeHistory])
    times.set(address, { short: [], long: [], bytes: 0 });
  // The first rounds fill caches and plans.
  for (let round = -2; round < rounds; round++) {
    for (const [address, seen] of times) {
      const before = await short.ask(address);
      const after = await long.ask(address);
      seen.bytes = after.bytes;
      if (round < 0) continue;
      seen.short.push(before.ms);
      seen.long.push(after.ms);
    }
  }
  say('\n  short   long  ratio    p95     kB  address');
  let [growth, slowest, page] = [0, 0, 0];
  for (const [address, seen] of times) {
    // The lower quartile is what an answer costs by itself: others on the machine only ever add to it.
    const [before, after] = [at(seen.short, 0.25), at(seen.long, 0.25)];
    const p95 = at(seen.long, 0.95);
    const bounded = addresses.includes(address);
    if (bounded) growth = Math.max(growth, after / before);
    if (address.startsWith('/tallygate/reports')) page = Math.max(page, seen.bytes / 1000);
    slowest = Math.max(slowest, p95);
    const columns = [
      before.toFixed(1),
      after.toFixed(1),
      (after / before).toFixed(2),
      p95.toFixed(1),
      (seen.bytes / 1000).toFixed(1),
    ];
    say(
      `${columns.map((text) => text.padStart(7)).join('')}  ${address}${bounded ? '' : '  (the whole history)'}`,
    );
  }
  say(
    `\ngrowth: the highest ratio of the ${addresses.length} answers for the last 30 days; the ${wholeHistory.length} that show the whole history are no part of it.\np95_ms, page_kb: of the slowest and of the largest of all ${times.size}, with the history of a year.`,
  );
  const round = (value: number, digits: number) => Number(value.toFixed(digits));
  return { growth: round(growth, 2), p95_ms: round(slowest, 1), page_kb: round(page, 1) };
}
