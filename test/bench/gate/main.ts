// `make bench-gate`: signed and recorded requests beside the same NGINX doing what people do without us: native
// secure_link and a native JSON access_log. One worker, variants in turns, and each ratio is between neighbours in time:
// the median over the rounds of what a variant did beside what native did in the same round. Between them stands what
// njs costs however little it does: native, with one call of a function that answers a constant, and with one that
// computes a MAC and a visitor and nothing else.

import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatKeyFile } from '../../../app/keys/file.ts';
import type { Hs256Key, SecureLinkKey } from '../../../app/keys/ring.ts';
import { signLink } from '../../../app/link/sign.ts';
import { type Child, startChild } from '../../../app/run/child.ts';
import { layOutNginx, nginxConf, placesIn, startNginx, workersOf } from '../../../app/run/nginx.ts';
import { freePort } from '../../../app/run/ports.ts';
import { dayOf, formatSaltFile, newSalts } from '../../../app/salts/file.ts';
import { median } from '../median.ts';

const rounds = 7;
const seconds = 3;
const variants = ['native', 'idle', 'bare', 'gate', 'lean'] as const;
type Variant = (typeof variants)[number];

const since = '2026-11-21';
const key: Hs256Key = { kind: 'hs256', id: 'a1', secret: 'kU0R3nq1mW7m3cJ2u4v8yB6pXwTzLd5s', since };
const expression = '$secure_link_expires$uri benchmark';
const own: SecureLinkKey = {
  kind: 'secure_link',
  id: 'own',
  expression,
  signatureArg: 'md5',
  expiresArg: 'expires',
  since,
};

const expires = Math.floor(Date.now() / 1000) + 86_400;
const links: Record<Variant, (file: string) => string> = {
  native: (file) => nativeLink(`/native/${file}`),
  idle: (file) => nativeLink(`/idle/${file}`),
  bare: (file) => nativeLink(`/bare/${file}`),
  gate: (file) => signLink(key, { path: `/gate/${file}`, expires, token: 'q3Jx_7-Z' }, ''),
  lean: (file) => nativeLink(`/lean/${file}`),
};

// What protect.conf cannot do with less, written as tightly as we know how: two hashes, read as bytes.
const bare = `import crypto from 'crypto';
function call(r) {
  const v = r.variables;
  v.bare_visitor = crypto.createHash('sha256').update(r.rawVariables.bare_who).digest('base64url').slice(32);
  return crypto.createHmac('sha256', v.bare_secret).update(r.rawVariables.bare_canonical).digest('hex');
}
export default { call };
`;

const say = (text: string) => process.stdout.write(`${text}\n`);
const root = path.join(import.meta.dirname, '..');
const dir = await mkdtemp(path.join(tmpdir(), 'tallygate-bench-'));
try {
  await layOut();
  const small = await withNginx((port) => compare(port, '1k.bin', 'requests', variants));
  const large = await withNginx((port) => compare(port, '100m.bin', 'bytes', ['native', 'gate']));
  const rss = await withNginx(growth);
  say(`
                                                          a second     ratio
1 KB, native secure_link and JSON log   ${row(small.native, 'requests')}
1 KB, native, njs called for nothing    ${row(small.idle, 'requests')}
1 KB, native, njs: MAC, visitor alone   ${row(small.bare, 'requests')}
1 KB, protect.conf (hs256, record)      ${row(small.gate, 'requests')}
1 KB, protect-native.conf (record)      ${row(small.lean, 'requests')}
100 MB, native                          ${row(large.native, 'bytes')}
100 MB, protect.conf                    ${row(large.gate, 'bytes')}
worker's RSS                            ${rss.early} KiB after 50,000 requests, ${rss.late} KiB after 500,000`);
  say(
    JSON.stringify({
      gate: small.gate.ratio,
      native: small.lean.ratio,
      idle_njs: small.idle.ratio,
      bare_njs: small.bare.ratio,
      large: large.gate.ratio,
      rss: Number((rss.late / rss.early).toFixed(3)),
    }),
  );
} finally {
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

function nativeLink(file: string): string {
  const signature = createHash('md5').update(`${expires}${file} benchmark`).digest('base64url');
  return `${file}?md5=${signature}&expires=${expires}`;
}

async function layOut(): Promise<void> {
  const places = placesIn(dir, '127.0.0.1:9');
  await layOutNginx(dir, places, root);
  const today = dayOf(new Date());
  await writeFile(
    path.join(places.etc, 'keys.conf'),
    formatKeyFile([{ name: '', current: key, keys: [key, own] }]),
  );
  await writeFile(path.join(places.etc, 'salts.conf'), formatSaltFile(newSalts(today, 3)));
  await writeFile(path.join(dir, 'www/1k.bin'), Buffer.alloc(1024, 'x'));
  await writeFile(path.join(dir, 'www/100m.bin'), Buffer.alloc(100 * 1024 * 1024, 'x'));
  // wrk's own figures as numbers: its report rounds them.
  const lua = `done = function(summary)
    local e = summary.errors
    io.stderr:write(string.format('{"requests":%d,"bytes":%d,"microseconds":%d,"errors":%d}',
      summary.requests, summary.bytes, summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
  end`;
  await writeFile(path.join(dir, 'numbers.lua'), lua);
  await writeFile(path.join(dir, 'idle.js'), "export default { call: function () { return 'x'; } };\n");
  await writeFile(path.join(dir, 'bare.js'), bare);
}

function site(port: number): string {
  return `
keepalive_requests 1000000;
include tallygate/http.conf;
js_set $idle idle.call;
js_set $bare bare.call;
js_var $bare_visitor;
map "" $bare_secret { default ${key.secret}; }
map "" $bare_who { default "nBfY2kQe7rW1sXo4mZt0aA$remote_addr $http_user_agent"; }
map "" $bare_canonical {
    default "tallygate-link-v1\nk=a1\ne=$secure_link_expires\nf=\nb=\nt=q3Jx_7-Z\ni=\nr=\nn=\np=\n$uri\n";
}
${nativeFormat('native_json', '$remote_addr')}
${nativeFormat('idle_json', '$idle')}
${nativeFormat('bare_json', '$bare$bare_visitor')}
server {
    listen 127.0.0.1:${port};
    server_name 127.0.0.1;
    include tallygate/pages.conf;
    ${nativeLocation('/native/', 'native_json')}
    ${nativeLocation('/idle/', 'idle_json', `js_import idle from ${dir}/idle.js;`)}
    ${nativeLocation('/bare/', 'bare_json', `js_import bare from ${dir}/bare.js;`)}
    location /gate/ { alias ${dir}/www/; include tallygate/protect.conf; }
    location /lean/ { alias ${dir}/www/; include tallygate/protect-native.conf; }
}`;
}

/** As many fields as our record has, all of them NGINX's own but perhaps the visitor. */
function nativeFormat(name: string, visitor: string): string {
  return `log_format ${name} escape=json '{"v":1,"edge":"$hostname","id":"$request_id","at":$msec,"host":"$host",'
  '"path":"$uri","etag":"$sent_http_etag","status":$status,"sent":$body_bytes_sent,"range":"$http_range",'
  '"size":"$sent_http_content_length","ms":$request_time,"token":"$arg_t","key":"$arg_k",'
  '"visitor":"${visitor}","agent":"$http_user_agent","referrer":"$http_referer","country":""}';`;
}

function nativeLocation(prefix: string, format: string, more = ''): string {
  return `location ${prefix} {
        ${more}
        alias ${dir}/www/;
        secure_link $arg_md5,$arg_expires;
        secure_link_md5 "${expression}";
        if ($secure_link = "") { return 403; }
        if ($secure_link = "0") { return 410; }
        access_log ${dir}/log/native.log ${format};
    }`;
}

/** Runs `work` on a fresh NGINX, so that nothing of one measurement is in another's memory. */
async function withNginx<T>(work: (port: number, nginx: Child) => Promise<T>): Promise<T> {
  const port = await freePort();
  await writeFile(path.join(dir, 'nginx.conf'), nginxConf(dir, { http: site(port) }));
  const nginx = await startNginx(dir, port);
  try {
    return await work(port, nginx);
  } finally {
    await nginx.stop('SIGTERM');
  }
}

type Outcome = { requests: number; bytes: number; microseconds: number; errors: number };

async function wrk(port: number, target: string, connections: number, duration = seconds): Promise<Outcome> {
  const load = ['-t1', `-c${connections}`, `-d${duration}s`, '-H', 'User-Agent: curl/8.5.0'];
  const args = [...load, '-s', path.join(dir, 'numbers.lua')];
  const child = await startChild('wrk', [...args, `http://127.0.0.1:${port}${target}`]);
  await child.exited;
  const outcome = JSON.parse(child.stderr()) as Outcome;
  if (outcome.errors > 0 || outcome.requests === 0) throw new Error(`wrk ${target}: ${child.stderr()}`);
  return outcome;
}

type Measured = { rate: number; ratio: number };

/** For each variant the medians over the rounds: what it did a second, and that beside native in the same round. */
async function compare<Name extends Variant>(
  port: number,
  file: string,
  what: 'requests' | 'bytes',
  names: readonly (Name | 'native')[],
): Promise<Record<Name | 'native', Measured>> {
  // As many as one token may have; few for the large file, so that what is in flight fits the cache alike.
  const connections = what === 'bytes' ? 2 : 16;
  const rates = new Map<Variant, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measured] of rates) {
      const outcome = await wrk(port, links[name](file), connections);
      measured.push((outcome[what] / outcome.microseconds) * 1e6);
    }
  }
  const native = rates.get('native') ?? [];
  const figures = [...rates].map(([name, measured]) => {
    const ratios = measured.map((rate, round) => rate / (native[round] ?? Number.NaN));
    return [name, { rate: median(measured), ratio: Number(median(ratios).toFixed(3)) }];
  });
  return Object.fromEntries(figures) as Record<Name | 'native', Measured>;
}

/** KiB of the worker after the first 50,000 gated requests, and after 500,000. */
async function growth(port: number, nginx: Child): Promise<{ early: number; late: number }> {
  const until = async (count: number, done: number) => {
    let total = done;
    while (total < count) total += (await wrk(port, links.gate('1k.bin'), 16, 1)).requests;
    return total;
  };
  const done = await until(50_000, 0);
  const early = await workerRss(nginx.pid);
  await until(500_000, done);
  return { early, late: await workerRss(nginx.pid) };
}

async function workerRss(master: number): Promise<number> {
  const [worker] = await workersOf(master);
  const status = await readFile(`/proc/${worker}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
}

function row({ rate, ratio }: Measured, what: 'requests' | 'bytes'): string {
  const text = what === 'requests' ? `${Math.round(rate)} requests` : `${Math.round(rate / 2 ** 20)} MiB`;
  return `${text.padStart(26)}      ${ratio}`;
}
