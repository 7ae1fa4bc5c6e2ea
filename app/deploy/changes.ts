// Changes to files that can be undone. Every step remembers what was there before it. `undo` puts everything back, the
// last step first: contents, modes, owners and times.

import {
  chmod,
  chown,
  lstat,
  mkdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
} from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../atomic-file.ts';

export type Owner = { uid: number; gid: number };

type Before =
  | { kind: 'absent' }
  | { kind: 'link'; target: string }
  | { kind: 'file'; content: Buffer; mode: number; owner: Owner; atime: Date; mtime: Date };

export class Changes {
  readonly #undo: (() => Promise<void>)[] = [];
  readonly #paths: string[] = [];

  /** What was made, changed or removed so far, in order. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  /** Makes a folder and those above it. */
  async makeFolder(folder: string, mode = 0o755): Promise<void> {
    const first = await mkdir(folder, { recursive: true });
    if (first === undefined) return;
    await chmod(folder, mode);
    this.#did(folder, () => rm(first, { recursive: true, force: true }));
  }

  /** A folder that somebody else filled. Undoing removes it as a whole. */
  adopt(folder: string): void {
    this.#did(folder, () => rm(folder, { recursive: true, force: true }));
  }

  /** Writes a file, unless it holds just this already. Then nothing about it is touched. */
  async writeFile(file: string, content: string | Buffer, mode: number, owner?: Owner): Promise<void> {
    const before = await look(file);
    if (before.kind === 'file' && before.content.equals(Buffer.from(content))) return;
    await this.makeFolder(path.dirname(file));
    this.#did(file, () => putBack(file, before));
    await writeAtomically(file, content, mode);
    if (owner) await chown(file, owner.uid, owner.gid);
  }

  /** Points a symbolic link somewhere. There is no moment without the link. */
  async link(file: string, target: string): Promise<void> {
    const before = await look(file);
    if (before.kind === 'link' && before.target === target) return;
    await this.makeFolder(path.dirname(file));
    this.#did(file, () => putBack(file, before));
    await replaceLink(file, target);
  }

  /** Sets mode and owner where they differ. */
  async setRights(file: string, mode: number, owner?: Owner): Promise<void> {
    const { mode: oldMode, uid, gid } = await lstat(file);
    const changesOwner = owner !== undefined && (owner.uid !== uid || owner.gid !== gid);
    if ((oldMode & 0o7777) === mode && !changesOwner) return;
    this.#did(file, async () => {
      await chown(file, uid, gid);
      await chmod(file, oldMode & 0o7777);
    });
    // Owner first: chown clears the set-group-id bit.
    if (changesOwner) await chown(file, owner.uid, owner.gid);
    await chmod(file, mode);
  }

  async remove(file: string): Promise<void> {
    const before = await look(file);
    if (before.kind === 'absent') return;
    this.#did(file, () => putBack(file, before));
    await rm(file);
  }

  async undo(): Promise<void> {
    for (const step of this.#undo.splice(0).reverse()) await step();
  }

  #did(file: string, undo: () => Promise<void>): void {
    this.#paths.push(file);
    this.#undo.push(undo);
  }
}

async function look(file: string): Promise<Before> {
  try {
    const status = await lstat(file);
    if (status.isSymbolicLink()) return { kind: 'link', target: await readlink(file) };
    const { mode, uid, gid, atime, mtime } = status;
    const content = await readFile(file);
    return { kind: 'file', content, mode: mode & 0o7777, owner: { uid, gid }, atime, mtime };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' };
    throw error;
  }
}

async function putBack(file: string, before: Before): Promise<void> {
  if (before.kind === 'absent') return rm(file, { force: true });
  if (before.kind === 'link') return replaceLink(file, before.target);
  await writeAtomically(file, before.content, before.mode);
  await chown(file, before.owner.uid, before.owner.gid);
  await chmod(file, before.mode);
  await utimes(file, before.atime, before.mtime);
}

async function replaceLink(file: string, target: string): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, file);
}
