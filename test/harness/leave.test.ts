// LEAVE=1: what is left of a failed test, and only of it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startChild } from '../../app/process/child.ts';
import { projectRoot, temporaryFolder } from './folders.ts';

test('a failed test leaves its folders and says where; one that passed leaves nothing', async () => {
  const folder = await temporaryFolder('leave');
  const config = path.join(folder, 'vitest.config.mts');
  const usual = JSON.stringify(path.join(projectRoot, 'test/vitest.config.ts'));
  writeFileSync(
    config,
    `import usual from ${usual};
     export default { ...usual, test: { ...usual.test, include: ['harness/failing.example.ts'] } };`,
  );
  const run = await startChild(
    path.join(projectRoot, 'node_modules/.bin/vitest'),
    ['run', '--config', config],
    { cwd: projectRoot, env: { ...process.env, LEAVE: '1', TMPDIR: folder } },
  );
  expect((await run.exited).code).toBe(1);

  const [runFolder = ''] = readdirSync(folder).filter((name) => name.startsWith('tallygate-test-'));
  const left = Object.fromEntries(
    readdirSync(path.join(folder, runFolder)).map((name) => [
      name.replace(/-\w+$/, ''),
      path.join(folder, runFolder, name),
    ]),
  );
  // NGINX was started for the whole file; `cluster` is the server that all files share.
  expect(Object.keys(left).sort()).toEqual(['cluster', 'migrate', 'nginx', 'postgres']);
  for (const dir of Object.values(left)) expect(run.stdout()).toContain(`  ${dir}\n`);

  const at = (name: string, file: string) => readFileSync(path.join(left[name] ?? '', file), 'utf8');
  expect(at('nginx', 'nginx.conf')).toContain('include tallygate/http.conf');
  expect(at('nginx', 'log/error.log')).toContain('start worker process');
  for (const server of ['cluster', 'postgres'])
    expect(at(server, 'log/postgresql.log')).toContain('database system is ready');
  expect(at('migrate', 'stderr')).toBe('');
});
