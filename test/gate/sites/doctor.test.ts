// What tallygate doctor says of each site of the table: all of it, and nothing more.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readNginx } from '../../../app/deploy/host.ts';
import { examineSite } from '../../../app/doctor/site.ts';
import { layOutNginx, nginxConf, placesIn } from '../../../app/nginx/lay-out.ts';
import { projectRoot, temporaryFolder } from '../../harness/folders.ts';
import { optionsOf, type SiteRow } from './row.ts';
import { sites } from './table.ts';

let dir: string;
let places: ReturnType<typeof placesIn>;
beforeAll(async () => {
  dir = await temporaryFolder('sites');
  places = placesIn(dir, '127.0.0.1:9');
  await layOutNginx(dir, places, projectRoot);
});

/** What NGINX says its configuration is: it must be one that NGINX takes. */
async function dumpOf(row: SiteRow): Promise<string> {
  const { server, http, etc = {} } = optionsOf(row, 9998);
  await rm(places.etc, { recursive: true });
  for (const [name, text] of Object.entries(etc)) {
    await mkdir(path.dirname(path.join(places.etc, name)), { recursive: true });
    await writeFile(path.join(places.etc, name), text);
  }
  const own = `include tallygate/http.conf;\n${http}\nserver { listen 127.0.0.1:9999; root ${dir}/www;\n${server}\n}`;
  await writeFile(path.join(dir, 'nginx.conf'), nginxConf(dir, { http: own }));
  const folder = ['-p', dir, '-c', path.join(dir, 'nginx.conf'), '-e', path.join(dir, 'log/error.log')];
  return (await readNginx({ arguments: folder, includes: places.includes, pidFile: '' })).text;
}

test('every site has a name of its own', () => {
  const names = sites.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe('doctor says of', () => {
  test.each(sites.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    const findings = examineSite(await dumpOf(row), places.includes, dir).filter(
      ({ status }) => status !== 'ok',
    );
    const said = findings.map(
      (finding) => `${finding.status}: ${finding.what} -> ${'remedy' in finding ? finding.remedy : ''}`,
    );
    const unexpected = said.filter((text) => !row.says.some((expected) => expected.test(text)));
    const missing = row.says.filter((expected) => !said.some((text) => expected.test(text)));
    expect({ unexpected, missing }).toEqual({ unexpected: [], missing: [] });
    expect(said.length).toBe(row.says.length);
  });
});
