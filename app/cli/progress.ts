// Shows how far an import has come: a bar on a terminal, elsewhere a plain line now and then.

import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../ingest/history/import.ts';

const plainEvery = 5000;

export type ProgressDisplay = { update: (progress: Progress) => void; stop: () => void };

/** @param unit what positions count; what is done in a second is lines, or these */
export function createProgress(
  out: NodeJS.WriteStream,
  unit: 'bytes' | 'requests' = 'bytes',
): ProgressDisplay {
  return out.isTTY ? bar(out, unit) : plain(out, unit);
}

type Unit = 'bytes' | 'requests';
const rated = { bytes: 'lines', requests: 'requests' };

function bar(out: NodeJS.WriteStream, unit: Unit): ProgressDisplay {
  const format = `{path} {bar} {percentage}% | {rate} ${rated[unit]}/s | {eta_formatted} left`;
  const shown = new SingleBar(
    { stream: out, format, hideCursor: true, etaBuffer: 50 },
    Presets.shades_classic,
  );
  let path = '';
  let startedAt = 0;
  return {
    update(progress) {
      if (progress.path !== path) {
        if (path !== '') shown.stop();
        path = progress.path;
        startedAt = performance.now();
        shown.start(progress.size || progress.position, 0, { path, rate: 0 });
      }
      shown.setTotal(progress.size || progress.position);
      shown.update(progress.position, { path, rate: rateOf(progress, startedAt) });
    },
    stop: () => shown.stop(),
  };
}

function plain(out: NodeJS.WriteStream, unit: Unit): ProgressDisplay {
  const startedAt = performance.now();
  let toldAt = startedAt;
  return {
    update(progress) {
      if (performance.now() - toldAt < plainEvery) return;
      toldAt = performance.now();
      const share = progress.size > 0 ? ` (${Math.floor((100 * progress.position) / progress.size)} %)` : '';
      out.write(
        `${progress.path}: ${progress.position} ${unit}${share}, ${rateOf(progress, startedAt)} ${rated[unit]}/s\n`,
      );
    },
    stop: () => {},
  };
}

function rateOf(progress: Progress, startedAt: number): number {
  return Math.round(progress.lines / Math.max(0.001, (performance.now() - startedAt) / 1000));
}
