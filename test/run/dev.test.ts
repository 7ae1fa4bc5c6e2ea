// `make dev` as whoever changes the project meets it, on a copy of the checkout: what is changed is what is served.

import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { connect } from '../../app/db/connection.ts';
import { type Child, startChild } from '../../app/process/child.ts';
import { until } from '../../app/process/until.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';

let checkout: string;

beforeAll(async () => {
  checkout = await temporaryFolder('checkout');
  const configs = ['.tsconfig.base.json', 'tsconfig.json', 'package.json'];
  for (const name of ['app', 'dist', 'nginx', 'njs', 'sql', ...configs])
    cpSync(path.join(projectRoot, name), path.join(checkout, name), { recursive: true });
  symlinkSync(path.join(projectRoot, 'node_modules'), path.join(checkout, 'node_modules'));
});

/** Starts it and waits for its screen; resolves to what the screen tells. */
async function start(): Promise<{ dev: Child; origin: string; database: string }> {
  const dev = await startChild(process.execPath, [path.join(checkout, 'dist/dev.js')], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  const shown = until(
    () => dev.stdout().includes('Each download below') && dev.stdout(),
    'the screen',
    240_000,
  );
  const ended = dev.exited.then(() => Promise.reject(new Error(`make dev ended: ${dev.stderr()}`)));
  ended.catch(() => {});
  const screen = await Promise.race([shown, ended]);
  const [origin = ''] = /http:\S+:\d+/.exec(screen) ?? [];
  const [database = ''] = /postgres:\S+/.exec(screen) ?? [];
  return { dev, origin, database };
}

function change(file: string, from: string, to: string): void {
  const at = path.join(checkout, file);
  const text = readFileSync(at, 'utf8');
  expect(text).toContain(from);
  writeFileSync(at, text.replace(from, to));
}

async function downloads(database: string): Promise<number> {
  const sql = connect(database, { max: 1 });
  const [row] = await sql<{ n: number }[]>`select sum(downloads)::int as n from report.files`;
  await sql.end();
  return row?.n ?? 0;
}

/** Command lines of the processes that were started from the copy. */
function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(checkout) ? [command] : [];
      } catch {
        return []; // it ended while we looked
      }
    });
}

test('a changed page, include and njs source are served; the year of history stays', async () => {
  const { dev, origin, database } = await start();
  const counted = await downloads(database);
  expect(counted).toBeGreaterThan(10_000);

  const answer = (at: string, what: (response: Response) => unknown) =>
    until(async () => what(await fetch(`${origin}${at}`)), `the changed ${at}`, 120_000);
  change('app/service/pages/layout.tsx', ' · Tallygate`', ' · changed`');
  await answer('/tallygate/api', async (response) => (await response.text()).includes(' · changed</title>'));
  change('nginx/count.conf', '\n', '\nadd_header X-Changed include;\n');
  await answer('/public/leaflet.pdf', (response) => response.headers.get('x-changed') === 'include');
  const missing = await fetch(`${origin}/downloads/album.zip`);
  expect(missing.status).toBe(403);
  change('njs/gate/gate.ts', "return 'ok'", "return 'changed'");
  const built = path.join(checkout, '.dev/site/lib/njs/tallygate.js');
  await until(() => readFileSync(built, 'utf8').includes('return "changed"'), 'NGINX to have the njs bundle');

  // The leaflet above is one more. What is not counted yet goes with the site's folder.
  const all = counted + 1;
  await until(async () => (await downloads(database)) === all, 'the leaflet to be counted', 120_000);

  // Within a build: esbuild would wait for ever for the script that it was started by, and hold our pipe open.
  change('app/service/pages/layout.tsx', ' · changed`', ' · changed again`');
  dev.kill('SIGINT');
  expect(await dev.exited).toEqual({ code: 0, signal: null });
  expect(processes()).toEqual([]);

  const again = await start();
  expect(again.dev.stdout()).not.toContain('a year of downloads');
  expect(await downloads(again.database)).toBe(all);
  await again.dev.stop('SIGINT');
}, 900_000);
