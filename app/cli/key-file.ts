// What the commands of `tallygate keys` share: the key file, and how they speak of it.

import type { Command } from 'commander';
import { writeAtomically } from '../atomic-file.ts';
import { configOf } from '../config/load.ts';
import { formatKeyFile } from '../keys/file.ts';
import { type KeyRings, ringLabel } from '../keys/ring.ts';

export const reload = 'nginx -t && nginx -s reload';

export type RingOption = { ring?: string };

/** The key file, and the name of the ring that the options or the configuration choose. */
export function placeOf(options: RingOption, command: Command): { file: string; name: string } {
  const { keysFile, keysRing } = configOf(command);
  return { file: keysFile, name: options.ring ?? keysRing };
}

export const print = (line: string) => void process.stdout.write(`${line}\n`);

export function writeKeys(file: string, rings: KeyRings): Promise<void> {
  return writeAtomically(file, formatKeyFile(rings));
}

export const inRing = (name: string) => (name === '' ? '' : ` of ${ringLabel(name)}`);
