// A release is one folder with everything that an installation needs, its installer too. So any release that a host keeps
// can be put back without a checkout. Its name is made from its content.

import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../user-error.ts';

const idFile = 'RELEASE';

/** Gathers what `make build` made and the files beside it into `folder`; resolves to the release's id. */
export async function stageRelease(root: string, folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(path.join(root, 'dist'))) {
    // The rest is for a checkout alone, or was left by tests and benchmarks.
    if (!/^(?:(?:tallygate|cards|deploy|client)\.js(?:\.LEGAL\.txt)?|njs|client)$/.test(name)) continue;
    await cp(path.join(root, 'dist', name), path.join(folder, name), { recursive: true });
  }
  const isOurs = (file: string) => !file.endsWith('.md');
  for (const name of ['nginx', 'sql']) {
    await cp(path.join(root, name), path.join(folder, name), { recursive: true, filter: isOurs });
  }
  await cp(path.join(root, 'app/deploy/files'), path.join(folder, 'files'), { recursive: true });
  await cp(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
  const { name, version, license, type } = JSON.parse(
    await readFile(path.join(root, 'package.json'), 'utf8'),
  ) as Record<string, string>;
  // It tells Node that the program is made of ES modules.
  const about = { name, version, license, type, private: true };
  await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(about, null, 2)}\n`);
  return sealRelease(folder, version as string);
}

/** Names a gathered release after its version and its content. */
export async function sealRelease(folder: string, version: string): Promise<string> {
  const id = `${version}-${(await digestOf(folder)).slice(0, 10)}`;
  await writeFile(path.join(folder, idFile), `${id}\n`);
  return id;
}

/**
 * The id of the release in `folder`.
 * @throws UserError when it is none, or is not what its id says: cut short, or changed by hand
 */
export async function verifyRelease(folder: string): Promise<string> {
  const id = await readFile(path.join(folder, idFile), 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
  if (/^[\w.+-]+-[0-9a-f]{10}$/.test(id) && id.endsWith((await digestOf(folder)).slice(0, 10))) return id;
  throw new UserError(
    id === '' ? `${folder} is no release of Tallygate` : `the release in ${folder} is not whole`,
    'Deploy from a checkout again: make deploy.',
  );
}

/** The files below `folder`, as sorted relative paths, without folders. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await filesIn(folder)) {
    if (file === idFile) continue;
    const content = await readFile(path.join(folder, file));
    hash.update(`${file}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}
