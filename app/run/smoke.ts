// `make smoke`: real downloads with real curl, then every number compared with what curl and NGINX's own
// native log say, which is not the log that Tallygate reads.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { connect } from '../db/connection.ts';
import { forge } from '../nginx/forge.ts';
import { startChild } from '../process/child.ts';
import { until } from '../process/until.ts';
import type { Stack } from './stack.ts';

const run = promisify(execFile);

// Larger than what the kernel buffers on loopback, so that an aborted download is one for NGINX too.
const size = 64 * 1024 * 1024;
const file = '/downloads/smoke.iso';

type Token = { id: string; link: string };
/** What one request of curl's ended in: HTTP status, bytes of body received. */
type Answer = { status: number; received: number };
type Check = { name: string; expected: unknown; seen: unknown };

/** Resolves to the exit code: 0 only if all numbers agree. */
export async function smoke(stack: Stack, say: (text: string) => void): Promise<number> {
  const content = path.join(stack.dir, 'www', file);
  await writeFile(content, 'Tallygate smoke test\n');
  await truncate(content, size);
  const copy = path.join(stack.dir, 'copy.iso');
  const checks: Check[] = [];
  const check = (name: string, expected: unknown, seen: unknown) => checks.push({ name, expected, seen });

  const [whole, joined, aborted, late] = (await Promise.all(
    [3600, 3600, 3600, 1].map((ttl, index) => issue(stack, ttl, `smoke ${index + 1}`)),
  )) as [Token, Token, Token, Token];

  check('whole: status, bytes', `200 ${size}`, text(await curl(whole.link, '--output', copy)));
  check('whole: content', await digest(content), await digest(copy));
  const half = size / 2;
  check(
    'first half',
    `206 ${half}`,
    text(await curl(joined.link, '--range', `0-${half - 1}`, '--output', copy)),
  );
  check('second half', `206 ${half}`, text(await curl(joined.link, '--range', `${half}-`, '--output', copy)));
  await abortDownload(aborted.link, copy);
  check('forged signature', 403, (await curl(forge(whole.link))).status);
  await until(
    async () => (await curl(late.link, '--head')).status === 410,
    'the link of one second to expire',
  );
  check('expired link', 410, (await curl(late.link)).status);
  check('no link', 403, (await curl(stack.origin + file)).status);

  // NGINX writes its log when a request ends; the aborted one ends when NGINX notices.
  const sent = await until(() => bytesSent(stack), "four downloads in NGINX's own log");
  const total = sent.reduce((sum, bytes) => sum + bytes, 0);
  const partial = sent.find((bytes) => bytes !== size && bytes !== half) ?? 0;
  check('aborted: a part was sent', true, partial > 0 && partial < size);

  const expected = { requests: 4, downloads: 3, completed: 2, copies: 2, bytes: total };
  const report = await reportRow(stack, expected.requests);
  for (const [name, value] of Object.entries(expected)) check(`report.files ${name}`, value, report[name]);
  for (const [token, name, completed] of [
    [whole, 'whole', 1],
    [joined, 'joined', 1],
    [aborted, 'aborted', 0],
    [late, 'expired', 0],
  ] as const) {
    const tally = await tokenTally(stack, token.id);
    check(`token "${name}" completed`, completed, tally.completed);
  }
  return print(checks, say);
}

async function issue(stack: Stack, ttl: number, label: string): Promise<Token> {
  const response = await api(stack, 'tokens', {
    method: 'POST',
    body: JSON.stringify({ path: file, ttl, label }),
  });
  return (await response.json()) as Token;
}

async function api(stack: Stack, route: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(`${stack.origin}/tallygate/api/v1/${route}`, {
    ...init,
    headers: { authorization: `Bearer ${stack.apiKey}`, 'content-type': 'application/json' },
  });
  if (!response.ok) throw new Error(`the API answered ${response.status}: ${await response.text()}`);
  return response;
}

async function curl(url: string, ...args: string[]): Promise<Answer> {
  const output = args.includes('--output') ? [] : ['--output', '/dev/null'];
  const format = '%{stderr}%{http_code} %{size_download}';
  const { stderr } = await run('curl', ['--silent', '--write-out', format, ...output, ...args, url]);
  const [status, received] = stderr.split(' ').map(Number) as [number, number];
  return { status, received };
}

/** Starts a slow download and kills curl once something has arrived. */
async function abortDownload(url: string, output: string): Promise<void> {
  await writeFile(output, '');
  const child = await startChild('curl', ['--silent', '--limit-rate', '256k', '--output', output, url]);
  try {
    await until(async () => (await stat(output)).size > 0, 'the first bytes of a download');
  } finally {
    await child.stop('SIGKILL');
  }
}

/** Body bytes of each accepted GET of the file, from NGINX's own log; undefined until there are four. */
async function bytesSent(stack: Stack): Promise<number[] | undefined> {
  const lines = (await readFile(path.join(stack.dir, 'log/audit.log'), 'utf8')).split('\n');
  const accepted = lines
    .map((line) => new RegExp(`^GET ${file} 20[06] (\\d+)$`).exec(line)?.[1])
    .filter((bytes) => bytes !== undefined);
  return accepted.length < 4 ? undefined : accepted.map(Number);
}

/** The file's row of report.files, once it shows as many requests (or the last one seen). */
async function reportRow(stack: Stack, requests: number): Promise<Record<string, unknown>> {
  const sql = connect(stack.databaseUrl, { max: 1 });
  let row: Record<string, unknown> = {};
  try {
    await until(async () => {
      [row = {}] = await sql<Record<string, unknown>[]>`select * from report.files where path = ${file}`;
      return Number(row.requests) === requests;
    }, 'the tally').catch(() => {});
    return row;
  } finally {
    await sql.end();
  }
}

async function tokenTally(stack: Stack, id: string): Promise<Record<string, unknown>> {
  const { tally } = (await (await api(stack, `tokens/${id}`)).json()) as { tally: Record<string, unknown> };
  return tally;
}

async function digest(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
    .slice(0, 16);
}

const text = ({ status, received }: Answer) => `${status} ${received}`;

function print(checks: readonly Check[], say: (text: string) => void): number {
  const width = Math.max(...checks.map((check) => check.name.length));
  say(`\n      ${'what'.padEnd(width)}  expected            seen`);
  let wrong = 0;
  for (const { name, expected, seen } of checks) {
    const agrees = String(expected) === String(seen);
    if (!agrees) wrong += 1;
    say(`${agrees ? 'ok   ' : 'WRONG'} ${name.padEnd(width)}  ${String(expected).padEnd(18)}  ${seen}`);
  }
  say(
    wrong === 0
      ? `\nAll ${checks.length} numbers agree.`
      : `\n${wrong} of ${checks.length} numbers are WRONG.`,
  );
  return wrong === 0 ? 0 : 1;
}
