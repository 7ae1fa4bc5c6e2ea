// What is printed: a table, how far the bars are met, and one line of JSON.

import type { Engine } from './engines.ts';
import { type Rounds, ratio, typical } from './measuring.ts';
import { type Crowd, crowdSize } from './memory.ts';
import { native, type Variant } from './variants.ts';

export type Memory = {
  /** KiB after 50,000 requests and after 500,000 */
  readonly early: number;
  readonly late: number;
  readonly crowd: Crowd;
  /** The same with QuickJS and `js_context_reuse 1`. */
  readonly reuseOne?: Crowd | undefined;
};

export type Result = {
  /** As the JSON calls it. */
  readonly name: string;
  readonly kind: Engine['kind'];
  /** What was measured, in words. */
  readonly title: string;
  readonly variants: readonly Variant[];
  readonly small: Rounds;
  readonly large: Rounds;
  readonly memory: Memory;
};

/** The rates, the time and the memory of one engine. */
export function table({ title, variants, small, large, memory }: Result): string {
  const rows = variants.map((variant) => row(`1 KB, ${variant.label}`, small, variant.name, 'requests'));
  const largeRows = variants
    .filter(({ name }) => large.has(name))
    .map((variant) => row(`100 MB, ${variant.label}`, large, variant.name, 'MiB'));
  const { early, late, crowd, reuseOne } = memory;
  return `
${title.padEnd(46)}      a second    ratio  CPU µs each    ratio
${[...rows, ...largeRows].join('\n')}
worker's RSS                           ${early} KiB after 50,000 requests, ${late} KiB after 500,000
${crowdSize} downloads at a time               ${together(crowd)}${reuseOne ? `; with js_context_reuse 1: ${together(reuseOne)}` : ''}`;
}

function together({ during, after }: Crowd): string {
  return `${during} KiB, ${after} KiB afterwards`;
}

function row(label: string, measured: Rounds, name: string, what: 'requests' | 'MiB'): string {
  const rate = typical(measured, name, 'rate') / (what === 'MiB' ? 2 ** 20 : 1);
  const cells = [
    `${Math.round(rate)} ${what}`.padStart(16),
    text(ratio(measured, name, native.name, 'rate')).padStart(9),
    typical(measured, name, 'cpu').toFixed(1).padStart(13),
    text(ratio(measured, name, native.name, 'cpu')).padStart(9),
  ];
  return label.padEnd(44) + cells.join('');
}

function text(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(3);
}

/** The figures of an engine under the names of the JSON. Undefined: not measured there. */
export function figures({ small, large, memory }: Result): Record<string, number | undefined> {
  const rate = (name: string, other = native.name) => ratio(small, name, other, 'rate');
  const cpu = (name: string, other: string) => ratio(small, name, other, 'cpu');
  return {
    gate: rate('gate'),
    lean: rate('lean'),
    idle_njs: rate('idle'),
    bare_njs: rate('bare'),
    gate_of_bare: rate('gate', 'bare'),
    auth_request: rate('auth_request'),
    accel: rate('accel'),
    lua_sha1: rate('lua_sha1'),
    lua: rate('lua'),
    gate_of_lua: rate('gate', 'lua'),
    cpu_us: Number(typical(small, 'gate', 'cpu').toFixed(1)),
    cpu_vs_native: cpu('gate', native.name),
    cpu_vs_bare: cpu('gate', 'bare'),
    cpu_vs_auth_request: cpu('gate', 'auth_request'),
    cpu_vs_accel: cpu('gate', 'accel'),
    cpu_vs_lua: cpu('gate', 'lua'),
    large: ratio(large, 'gate', native.name, 'rate'),
    rss: Number((memory.late / memory.early).toFixed(3)),
    crowd_mb: megabytes(memory.crowd.during),
    after_crowd_mb: megabytes(memory.crowd.after),
    after_crowd_reuse_1_mb: megabytes(memory.reuseOne?.after),
  };
}

function megabytes(kib: number | undefined): number | undefined {
  return kib === undefined ? undefined : Number((kib / 1000).toFixed(1));
}

/**
 * What each figure should be at least or at most, and whether it is. Where a worker has no core to itself, rates say more
 * about its neighbours; what its CPU time comes to stands beside them.
 * @param lua of Lua's gate of equal strength what is native's rate, on the NGINX that has it
 */
export function bars(result: Result, lua: number | undefined): string[] {
  const found = figures(result);
  const byCpu = (cost = Number.NaN) => `, by CPU time ${(1 / cost).toFixed(3)}`;
  const ofNative = byCpu(found.cpu_vs_native);
  const least = { debian: 0.58, njs: undefined, qjs: 0.68 }[result.kind];
  const lines = [
    atLeast('gate of njs with the two hashes alone', found.gate_of_bare, 0.75, byCpu(found.cpu_vs_bare)),
    atLeast('gate of native', found.gate, least, ofNative),
    atMost('CPU of auth_request', found.cpu_vs_auth_request, 0.6),
    atLeast('100 MB of native', found.large, 0.99),
  ];
  if (result.kind === 'qjs')
    lines.push(atLeast("gate of native beside Lua's on Debian's NGINX", found.gate, lua, ofNative));
  return lines.filter((line) => line !== '').map((line) => `${result.name.padEnd(12)} ${line}`);
}

function atLeast(what: string, value: number | undefined, least: number | undefined, more = ''): string {
  if (value === undefined || least === undefined) return '';
  return `${what.padEnd(46)} ${value.toFixed(3)} (at least ${least}) ${value >= least ? 'met' : 'MISSED'}${more}`;
}

function atMost(what: string, value: number | undefined, most: number): string {
  if (value === undefined) return '';
  return `${what.padEnd(46)} ${value.toFixed(3)} (at most ${most}) ${value <= most ? 'met' : 'MISSED'}`;
}
