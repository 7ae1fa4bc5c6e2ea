// NGINX blocks of Markdown files, in a real NGINX: each statement in the context that its comment names, or that it can
// only be in.

import { testNginx } from '../../app/nginx/start.ts';
import { freePort } from '../../app/process/ports.ts';
import { etc } from '../gate/site.ts';
import { startNginx } from '../harness/nginx.ts';

type Context = 'http' | 'server';

/** Starts NGINX with the block; throws when it refuses it or has something to warn of. */
export async function startsNginx(block: string): Promise<void> {
  const port = await freePort();
  const here = block
    .replace(/^\s*\.\.\.$/gm, '')
    .replace(/^server \{/m, `server { listen 127.0.0.1:${port};`)
    // Folders that are not there, and a host whose name NGINX would look up.
    .replaceAll('/srv/', 'www/')
    .replaceAll('/var/cache/nginx/', 'tmp/')
    .replaceAll('s3.example.org', '127.0.0.1');
  const all = statementsOf(here);
  const of = (context: Context) => all.filter((one) => contextOf(one) === context).join('\n');
  const nginx = await startNginx({
    etc: etc(),
    tallygate: !block.includes('tallygate/http.conf'),
    http: of('http'),
    server: of('server'),
  });
  const printed = await testNginx(nginx.dir);
  await nginx.stop();
  if (/\[(warn|emerg|error)\]/.test(printed)) throw new Error(printed);
}

/** The outermost statements, each with the comment behind it. */
function statementsOf(block: string): string[] {
  const found: string[] = [];
  let statement = '';
  let depth = 0;
  for (const line of block.split('\n')) {
    const code = line.replace(/(^|\s)#.*/, '');
    depth += [...code.matchAll(/\{/g)].length - [...code.matchAll(/\}/g)].length;
    statement += `${line}\n`;
    if (depth > 0 || !/[;}]\s*$/.test(code)) continue;
    found.push(statement);
    statement = '';
  }
  if (statement.trim() !== '') throw new Error(`no end of a statement: ${statement}`);
  return found;
}

function contextOf(statement: string): Context {
  const said = /# (http|server)\b/.exec(statement)?.[1];
  if (said) return said as Context;
  return /^\s*(map|server|upstream|limit_\w+_zone|log_format)\b/.test(statement) ? 'http' : 'server';
}
