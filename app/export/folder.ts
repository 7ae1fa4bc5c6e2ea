// A folder that an export writes its pages to. It keeps a list of what it wrote. So the next export knows which files are
// from an earlier one and no longer wanted, and removes these and nothing else.

import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../atomic-file.ts';

/** In the format of sha256sum. Begun before the first page, so that an export that was cut short is cleaned up too. */
const listName = '.tallygate-export';
const listLine = /^([0-9a-f]{64}) {2}([a-z0-9][a-z0-9.-]*\.(?:html|css|svg))$/gm;

export class ExportFolder {
  readonly #dir: string;
  readonly #mode: number;
  readonly #written = new Map<string, string>();
  pages = 0;

  /** @param mode of the files in it */
  constructor(dir: string, mode: number) {
    this.#dir = dir;
    this.#mode = mode;
  }

  /** @param mode of the folder, where it is made */
  async prepare(mode: number): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode });
  }

  /** Replaces the file as a whole: a reader sees the old one or the new one. */
  async write(name: string, content: string): Promise<void> {
    const hash = digest(content);
    await appendFile(path.join(this.#dir, listName), `${hash}  ${name}\n`, { mode: this.#mode });
    await writeAtomically(path.join(this.#dir, name), content, this.#mode);
    this.#written.set(name, hash);
    if (name.endsWith('.html')) this.pages++;
  }

  /** Removes what earlier exports wrote and this one did not, except files that somebody has changed since. */
  async finish(): Promise<void> {
    const file = path.join(this.#dir, listName);
    const noted = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (noted === undefined) return;
    for (const [, hash, name] of noted.matchAll(listLine)) {
      if (this.#written.has(name as string)) continue;
      const old = path.join(this.#dir, name as string);
      const content = await readFile(old).catch(() => undefined);
      if (content !== undefined && digest(content) === hash) await rm(old);
    }
    const list = [...this.#written].map(([name, hash]) => `${hash}  ${name}\n`);
    await writeAtomically(file, list.join(''), this.#mode);
  }
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
