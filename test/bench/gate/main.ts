// `make bench-gate`: signed and recorded requests beside the same NGINX doing what people do without us: native
// secure_link and a native JSON access_log (variants.ts), a service in Node, Lua (peers.ts). One worker, in turns. Between
// them stands what njs costs however little it does: native, with one call of a function that answers a constant, and with
// one that computes a MAC and a visitor and nothing else.
//
// Debian's NGINX; with NGINX_BIN and NGINX_MODULES that one too, with both engines of its njs. BENCH_ROUNDS (default 7),
// BENCH_SECONDS (3). Prints a table for each, how far the bars are met and, as the last line, JSON.

import { type Engine, enginesHere, nameOf } from './engines.ts';
import { compare, probe } from './measuring.ts';
import { crowd, growth } from './memory.ts';
import { bars, figures, type Memory, type Result, table } from './results.ts';
import { njsVersion, type Site, withNginx, withSite } from './site.ts';
import { gate, native } from './variants.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);

const { engines, missing } = await enginesHere();
for (const sentence of missing) say(sentence);
const results: Result[] = [];
for (const engine of engines) {
  const result = await withSite(engine, measure);
  say(table(result));
  results.push(result);
}
const all = Object.fromEntries(results.map((result) => [result.name, figures(result)]));
const lua = Object.values(all).find((found) => found.lua !== undefined)?.lua;
say(`\n${results.flatMap((result) => bars(result, lua)).join('\n')}`);
say(JSON.stringify(all));

async function measure(site: Site): Promise<Result> {
  const { engine, variants } = site;
  const { version, small } = await withNginx(site, async (running) => {
    for (const variant of variants) await probe(running, variant);
    const version = await njsVersion(running);
    return { version, small: await compare(running, variants, '1k.bin', 'requests') };
  });
  const large = await withNginx(site, (running) => compare(running, [native, gate], '100m.bin', 'bytes'));
  const title = `NGINX ${engine.nginx}, njs ${version}${engine.kind === 'qjs' ? ', QuickJS' : ''}`;
  return {
    name: nameOf(engine, version),
    kind: engine.kind,
    title,
    variants,
    small,
    large,
    memory: await memoryOf(site, engine),
  };
}

async function memoryOf(site: Site, { kind }: Engine): Promise<Memory> {
  const growing = await withNginx(site, growth);
  const together = await withNginx(site, crowd);
  const one = kind === 'qjs' ? await withNginx(site, crowd, 'js_context_reuse 1;') : undefined;
  return { ...growing, crowd: together, reuseOne: one };
}
