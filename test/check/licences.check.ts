// Every package of package-lock.json has a licence that we may use.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../harness/folders.ts';
import { allowed, type Exception, exceptions } from './licences.ts';

type Package = { license?: string; dev?: boolean };

const lock = JSON.parse(readFileSync(path.join(projectRoot, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Package>;
};
const packages = Object.entries(lock.packages)
  .filter(([place]) => place !== '')
  .map(([place, { license, dev }]) => ({
    name: place.split('node_modules/').at(-1) as string,
    licence: license,
    use: dev ? 'developer' : 'shipped',
  }));

/** Whether an SPDX expression leaves us a licence of the list: one side of OR, both sides of AND. */
function isAllowed(expression: string): boolean {
  const bare = expression.replace(/^\((.*)\)$/, '$1');
  return bare.split(' OR ').some((one) => one.split(' AND ').every((id) => allowed.includes(id)));
}

const isFor = ({ package: pattern }: Exception, name: string) =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

const exceptionFor = ({ name, licence, use }: (typeof packages)[number]) =>
  exceptions.find((one) => isFor(one, name) && one.licence === licence && one.use === use);

test('every dependency has a licence that test/check/licences.ts allows', () => {
  const refused = packages
    .filter((one) => !(one.licence && isAllowed(one.licence)) && !exceptionFor(one))
    .map(({ name, licence, use }) => `${name} (${use}): ${licence ?? 'no licence'}`);
  expect(refused).toEqual([]);
});

test('every exception is needed', () => {
  const used = new Set(packages.map(exceptionFor));
  expect(exceptions.filter((one) => !used.has(one)).map((one) => one.package)).toEqual([]);
});
