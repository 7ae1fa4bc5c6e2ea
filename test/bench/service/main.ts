// `make bench-service`: the service beside its yardsticks, in one run on one machine, in turns. Ratios are what
// counts: the absolute figures are this machine's, today. pgbench runs as it does by default, with one client: one
// transaction after another. Its rate with as many clients as we have connections is printed beside, for honesty's
// sake: on a disk that syncs at once it is more than Node answers over HTTP, with or without a database.

import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from '../../../app/db/connection.ts';
import { startChild } from '../../../app/process/child.ts';
import { freePort, isListening } from '../../../app/process/ports.ts';
import { until } from '../../../app/process/until.ts';
import { type Stack, startStack } from '../../../app/run/stack.ts';
import { median } from '../median.ts';
import { bars, printCards } from './cards.ts';
import { load, type Outcome, request } from './load.ts';
import { insertOne, pgbench, updateOne, yardstickTables } from './pgbench.ts';
import { revocationTimes } from './revoke.ts';

const rounds = 3;
const seconds = 4;
const connections = 32;

const say = (text: string) => process.stdout.write(`${text}\n`);
const round = (value: number, digits = 2) => Number(value.toFixed(digits));

const dir = await mkdtemp(path.join(tmpdir(), 'tallygate-bench-'));
await chmod(dir, 0o755);
const stack = await startStack(dir, { progress: () => {} });
try {
  say(JSON.stringify(await measure(stack)));
} finally {
  await stack.stop();
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

async function measure({ databaseUrl, apiKey, logs, origin }: Stack) {
  const { pid, port } = await serving(logs);
  const rss = await idleRss(pid);
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const post = (at: string, body: unknown) =>
    request('POST', `/tallygate/api/v1${at}`, headers, JSON.stringify(body));
  const api = async (at: string, body?: unknown) => {
    const answer = await fetch(`http://127.0.0.1:${port}/tallygate/api/v1${at}`, {
      method: 'POST',
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${at}: ${answer.status} ${await answer.text()}`);
    return answer.json() as never;
  };
  const sql = connect(databaseUrl, { max: 1 });
  await sql.unsafe(yardstickTables);

  const one = post('/tokens', { path: '/files/a.iso', label: 'bench' });
  const thousand = post('/tokens/batch', {
    tokens: Array.from({ length: 1000 }, (_, i) => ({ path: `/files/${i}.iso`, label: 'bench' })),
  });
  const yardstick = { databaseUrl, clients: 1, seconds, dir };
  const inserts: number[] = [];
  const tokens: number[] = [];
  const batches: number[] = [];
  const updates: number[] = [];
  const redeemed: number[] = [];
  for (let turn = 1; turn <= rounds; turn++) {
    inserts.push(await pgbench({ ...yardstick, script: insertOne }));
    tokens.push(only('201', await load({ port, connections, seconds, next: () => one })));
    batches.push(1000 * only('201', await load({ port, connections: 4, seconds, next: () => thousand })));
    updates.push(await pgbench({ ...yardstick, script: updateOne }));
    const codes = await freshCodes(api, 20_000);
    const next = () => {
      const code = codes.pop();
      return code === undefined ? undefined : post('/codes/redeem', { code });
    };
    redeemed.push(only('200', await load({ port, connections, seconds, next })));
    say(
      `round ${turn}: inserts ${inserts.at(-1)?.toFixed(0)}/s, tokens ${tokens.at(-1)?.toFixed(0)}/s, in batches ${batches.at(-1)?.toFixed(0)}/s; updates ${updates.at(-1)?.toFixed(0)}/s, redeemed ${redeemed.at(-1)?.toFixed(0)}/s`,
    );
  }
  const [held] =
    await sql`select sum(held)::int as held, (select count(*)::int from redemptions) as redemptions from codes`;
  if (held?.held !== held?.redemptions)
    throw new Error(`uses held and redemptions differ: ${JSON.stringify(held)}`);
  await sql.end();
  const many = { ...yardstick, clients: connections };
  say(
    `the yardstick is pgbench with 1 client, its default; ours has ${connections} connections, 4 for batches; pgbench with ${connections} clients: inserts ${(await pgbench({ ...many, script: insertOne })).toFixed(0)}/s, updates ${(await pgbench({ ...many, script: updateOne })).toFixed(0)}/s`,
  );
  const links = await compareLinks(port, post('/links', { path: '/files/a.iso' }));
  const cards = await printCards(port, pid, headers);
  for (const [name, bar] of Object.entries(bars)) {
    const value = cards[name as keyof typeof bars];
    say(`${name} ${round(value, 1)}, at most ${bar}: ${value <= bar ? 'met' : 'MISSED'}`);
  }
  const revoked = await revocationTimes(api as never, 200);
  say(
    `revoked: median ${round(median(revoked), 3)} s, largest ${round(revoked.at(-1) as number, 3)} s (${origin})`,
  );
  return {
    tokens: round(median(tokens) / median(inserts)),
    batch: round(median(batches) / median(inserts), 1),
    links: round(links),
    redeem: round(median(redeemed) / median(updates)),
    rss_mb: round(rss, 1),
    ...Object.fromEntries(Object.entries(cards).map(([name, value]) => [name, round(value, 1)])),
    revoke_p99_s: round(revoked[Math.ceil(revoked.length * 0.99) - 1] as number, 3),
  };
}

/** Rate of the links beside that of a bare route, in turns. */
async function compareLinks(port: number, ours: Buffer): Promise<number> {
  const barePort = await freePort();
  const bare = await startChild(process.execPath, [
    path.join(import.meta.dirname, 'bench-bare.js'),
    String(barePort),
  ]);
  await until(() => isListening(barePort), 'the bare route');
  const theirs = request('POST', '/links', { 'content-type': 'application/json' }, '{"path":"/files/a.iso"}');
  const rates = { ours: [] as number[], bare: [] as number[] };
  try {
    for (let turn = 0; turn < rounds; turn++) {
      rates.bare.push(only('201', await load({ port: barePort, connections, seconds, next: () => theirs })));
      rates.ours.push(only('201', await load({ port, connections, seconds, next: () => ours })));
    }
  } finally {
    await bare.stop();
  }
  say(`links ${median(rates.ours).toFixed(0)}/s, bare Hono ${median(rates.bare).toFixed(0)}/s`);
  return median(rates.ours) / median(rates.bare);
}

/** The rate, if every answer had this status. */
function only(status: string, { perSecond, requests, statuses }: Outcome): number {
  if (statuses[status] !== requests) throw new Error(`answers by status: ${JSON.stringify(statuses)}`);
  return perSecond;
}

async function freshCodes(
  api: (at: string, body: unknown) => Promise<never>,
  count: number,
): Promise<string[]> {
  const codes: string[] = [];
  while (codes.length < count) {
    const made: { codes: { code: string }[] } = await api('/codes', {
      label: 'bench',
      paths: ['/downloads/album.zip'],
      count: 10_000,
    });
    codes.push(...made.codes.map(({ code }) => code));
  }
  return codes;
}

/** Process id and port of `serve`, from its log. */
async function serving(logs: readonly string[]): Promise<{ pid: number; port: number }> {
  const log = logs.find((file) => file.endsWith('serve.log')) as string;
  const line = (await readFile(log, 'utf8')).split('\n').find((text) => text.includes('"listening"'));
  return JSON.parse(line ?? '{}') as { pid: number; port: number };
}

/** Resident memory of a process in MiB, as ps and top count, once it has rested: V8 gives back what starting took. */
async function idleRss(pid: number): Promise<number> {
  const read = async () =>
    Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  let last = 0;
  let since = performance.now();
  return until(
    async () => {
      const now = await read();
      if (Math.abs(now - last) > 0.5) since = performance.now();
      last = now;
      return performance.now() - since > 12_000 && now;
    },
    'the memory of serve to settle',
    90_000,
  );
}
