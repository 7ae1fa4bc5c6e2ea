// `make refresh-user-agents`: the newest published lists and their licences, pinned in the folder above this one.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../../user-error.ts';
import { pin, type Upstream, upstreams } from './upstream.ts';

const folder = path.resolve('app/ingest/record/user-agents');

try {
  for (const upstream of upstreams) process.stdout.write(`${await refresh(upstream)}\n`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n  ${error.remedy ?? ''}\n`);
  process.exitCode = 1;
}

async function refresh(upstream: Upstream): Promise<string> {
  const { repository, name } = upstream;
  const head = JSON.parse(await download(`https://api.github.com/repos/${repository}/commits/HEAD`));
  const about = { commit: head.sha as string, date: (head.commit.committer.date as string).slice(0, 10) };
  const raw = (file: string) =>
    download(`https://raw.githubusercontent.com/${repository}/${about.commit}/${file}`);
  const contents = new Map<string, string>();
  for (const file of Object.values(upstream.files)) contents.set(file, await raw(file));
  const pinned = path.join(folder, `${name}.json`);
  const text = pin(upstream, about, contents, await readFile(pinned, 'utf8').catch(() => undefined));
  await writeFile(path.join(folder, `${name}.LICENSE`), await raw('LICENSE'));
  await writeFile(pinned, text);
  return `${name}: ${repository} of ${about.date}, ${about.commit}`;
}

async function download(url: string): Promise<string> {
  const response = await fetch(url, { headers: { 'User-Agent': 'tallygate-refresh' } }).catch((cause) => {
    throw new UserError(`cannot reach ${new URL(url).host}`, 'It needs the Internet.', { cause });
  });
  if (!response.ok) throw new UserError(`${url} answered ${response.status}`, 'Try again later.');
  return response.text();
}
