// The njs bundle of a test's NGINX, with other handlers in it.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { Nginx } from '../harness/nginx.ts';

/**
 * Has NGINX call these handlers instead of ours, after its next reload. `gate` and `visitor` stay if they are not
 * named.
 * @param members of an object in JavaScript; `ours` are the handlers as they were
 */
export async function replaceHandlers(nginx: Nginx, members: string): Promise<void> {
  const bundle = path.join(nginx.places.lib, 'njs/tallygate.js');
  const text = await readFile(bundle, 'utf8');
  const replaced = text.replace(
    /export default (\w+);/,
    `const ours = $1;\nexport default { gate: ours.gate, visitor: ours.visitor, ${members} };`,
  );
  expect(replaced).not.toBe(text);
  await writeFile(bundle, replaced);
}
