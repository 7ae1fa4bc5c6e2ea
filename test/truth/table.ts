// What is printed.

import { agree, type Row, sumOf } from './compare.ts';
import type { Count } from './peers.ts';
import { buffers } from './site.ts';
import { grouped, isBroken, names, type Request, type Sums } from './sums.ts';

export type Program = { name: string } & Partial<Sums>;

/** Columns as wide as they must be, the first to the left. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length))) ?? [];
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

/** Truth / Tallygate for each scenario. */
export function scenarioTable(rows: readonly Row[]): string {
  const lines = [...grouped(rows, ({ one }) => one.scenario.name)].map(([name, of]) => {
    const [truth, counted] = [sumOf(of, 'truth'), sumOf(of, 'counted')];
    const pair = (key: keyof Sums) =>
      truth[key] === counted[key] ? String(truth[key]) : `${truth[key]} / ${counted[key]}`;
    const lost = of.filter(({ sentNotReceived }) => sentNotReceived).length;
    const verdict = of.some(({ wrong }) => wrong.length > 0)
      ? 'WRONG'
      : agree(of)
        ? 'equal'
        : lost > 0
          ? `${lost} sent, not received`
          : 'equal but for bytes under way';
    return [name, String(of.length), ...names.map(pair), verdict];
  });
  return columns([['truth / Tallygate', 'files', ...names, ''], ...lines]);
}

/** Of the downloads that broke: how many had NGINX sent whole, by size and socket buffer. */
export function lostTable(rows: readonly Row[], requests: readonly Request[]): string {
  const cases = new Map(rows.map(({ one }) => [`case-${one.number}`, one]));
  const broken = requests.filter(isBroken);
  const lines = lost(broken, cases).map(({ size, cells }) => [`${size} bytes`, ...cells]);
  return columns([
    ['broken answers', ...buffers.flatMap((name) => [name, 'sent whole', 'share', 'bytes too many'])],
    ...lines,
  ]);
}

type Cases = ReadonlyMap<string, Row['one']>;

function lost(broken: readonly Request[], cases: Cases): { size: number; cells: string[] }[] {
  const sizes = [...new Set(broken.map(({ size }) => size))].sort((a, b) => a - b);
  return sizes.map((size) => ({
    size,
    cells: buffers.flatMap((buffer) => {
      const of = broken.filter(
        (one) => one.size === size && cases.get(one.path.split('/')[2] ?? '')?.buffer === buffer,
      );
      const whole = of.filter(({ sent, length }) => sent === length).length;
      const tooMany = of.reduce((sum, { sent, received }) => sum + sent - received, 0);
      const share = of.length === 0 ? '' : `${Math.round((100 * whole) / of.length)} %`;
      return [String(of.length), String(whole), share, String(tooMany)];
    }),
  }));
}

/** What the columns are, of who has other words for them. */
export const legend = `GoAccess: hits, and the visitors of each file. AWStats: hits of its list of downloads, the downloads without those of 206.
The script: every line of 200 or 206, HEAD too, is a download.`;

/** All programs beside the truth. */
export function programTable(truth: Sums, programs: readonly Program[]): string {
  const cell = (program: Partial<Sums>, name: keyof Sums) => {
    const value = program[name];
    if (value === undefined) return '-';
    const off = truth[name] === 0 ? 0 : (100 * (value - truth[name])) / truth[name];
    return off === 0 ? String(value) : `${value} (${off > 0 ? '+' : ''}${off.toFixed(1)} %)`;
  };
  const lines = programs.map((program) => [program.name, ...names.map((name) => cell(program, name))]);
  return columns([['all files', ...names], ['truth', ...names.map((name) => String(truth[name]))], ...lines]);
}

export const programOf = (name: string, count: Count): Program => ({ name, ...count });
