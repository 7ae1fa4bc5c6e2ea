// Shows how far an import has come: a bar on a terminal, elsewhere a plain line now and then.

import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../ingest/history/import.ts';

const plainEvery = 5000;

export type ProgressDisplay = { update: (progress: Progress) => void; stop: () => void };

export function createProgress(out: NodeJS.WriteStream): ProgressDisplay {
  return out.isTTY ? bar(out) : plain(out);
}

function bar(out: NodeJS.WriteStream): ProgressDisplay {
  const format = '{path} {bar} {percentage}% | {rate} lines/s | {eta_formatted} left';
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

function plain(out: NodeJS.WriteStream): ProgressDisplay {
  const startedAt = performance.now();
  let toldAt = startedAt;
  return {
    update(progress) {
      if (performance.now() - toldAt < plainEvery) return;
      toldAt = performance.now();
      const share = progress.size > 0 ? ` (${Math.floor((100 * progress.position) / progress.size)} %)` : '';
      out.write(
        `${progress.path}: ${progress.position} bytes${share}, ${rateOf(progress, startedAt)} lines/s\n`,
      );
    },
    stop: () => {},
  };
}

function rateOf(progress: Progress, startedAt: number): number {
  return Math.round(progress.lines / Math.max(0.001, (performance.now() - startedAt) / 1000));
}
