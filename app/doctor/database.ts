// The database as this host sees it: version, schema, clock, and how far this host's logs have been read.

import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Config } from '../config/load.ts';
import { connect, explainConnection, type Sql } from '../db/connection.ts';
import { sqlFolder } from '../db/migrate.ts';
import { discover, logPattern } from '../ingest/log/discover.ts';
import { fingerprintOf, LogFile } from '../ingest/log/log-file.ts';
import { UserError } from '../user-error.ts';
import { examineEdgeKeys } from './edges.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

const startAgent = 'Is it running? systemctl status tallygate-agent; its log says why it waits.';

export async function examineDatabase(config: Config): Promise<Finding[]> {
  const sql = connect(config.databaseUrl, { max: 1 });
  try {
    return [
      await examineServer(sql),
      ...(await examineSchema(sql)),
      await examineClock(sql),
      ...(await examineReading(sql, config)),
      ...(await examineDenials(sql, config)),
      ...(await examineEdgeKeys(sql, config)),
    ];
  } catch (error) {
    const explained = explainConnection(error, config.databaseUrl);
    if (explained instanceof UserError) return [wrong(explained.message, explained.remedy ?? '')];
    throw error;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function examineServer(sql: Sql): Promise<Finding> {
  const [row] =
    await sql`select current_setting('server_version_num')::int as number, current_setting('server_version') as version`;
  if (row?.number < 150_000)
    return wrong(`PostgreSQL ${row?.version} is too old`, 'Use PostgreSQL 15 or newer.');
  return ok(`PostgreSQL ${row?.version}`);
}

async function examineSchema(sql: Sql): Promise<Finding[]> {
  const journal = await readFile(path.join(sqlFolder(), 'migrations/meta/_journal.json'), 'utf8');
  const { entries } = JSON.parse(journal) as { entries: { when: number }[] };
  const latest = Math.max(...entries.map(({ when }) => when));
  const [row] = await sql`select max(created_at)::float8 as latest from tallygate_migrations`;
  if (row?.latest < latest)
    return [wrong("the database lacks this release's migrations", 'Run: tallygate migrate')];
  if (row?.latest > latest)
    return [
      warning('the database was migrated by a newer release', 'Deploy that release here too: make deploy'),
    ];
  return [ok(`all ${entries.length} migrations are applied`)];
}

/** Records have the time of this host. The days of all hosts must begin at the same moment. */
async function examineClock(sql: Sql): Promise<Finding> {
  const before = Date.now();
  const [row] = await sql`select extract(epoch from clock_timestamp())::float8 * 1000 as now`;
  const after = Date.now();
  const difference = Math.max(0, Math.abs(row?.now - (before + after) / 2) - (after - before) / 2) / 1000;
  const text = `the clock is ${difference.toFixed(1)} s from PostgreSQL's`;
  if (difference > 60) return wrong(text, 'Set the clock (chrony or systemd-timesyncd): links expire by it.');
  if (difference > 2) return warning(text, 'Keep the clock with chrony or systemd-timesyncd.');
  return ok(text);
}

async function examineReading(sql: Sql, config: Config): Promise<Finding[]> {
  const { files, refused } = await discover(config.agent.logs.map(logPattern));
  const findings = refused.map(({ path: file, reason }) =>
    wrong(`${file} cannot be read: ${reason}`, 'The agent reads by the group tallygate: check the rights.'),
  );
  if (files.length > 0) findings.push(await examineAgent(sql, config));
  for (const { path: name, live } of files) {
    if (/\.(gz|zst)$/.test(name)) continue;
    const file = await LogFile.open(name).catch((error: Error) => error);
    if (file instanceof Error) {
      findings.push(
        wrong(`${name} cannot be read: ${file.message}`, 'Run this as root, or as the agent does.'),
      );
      continue;
    }
    try {
      const { size, mtimeMs } = await file.status();
      const fingerprint = await fingerprintOf(file);
      if (fingerprint) findings.push(await examineLag(sql, name, fingerprint, size, mtimeMs));
      else if (live) findings.push(ok(`${name}: nothing in it yet`));
    } finally {
      await file.close();
    }
  }
  return findings;
}

/** The agent writes a sign of life every ten seconds. A host without logs needs no agent. */
async function examineAgent(sql: Sql, config: Config): Promise<Finding> {
  const [row] = await sql<{ age: number }[]>`
    select extract(epoch from now() - seen_at)::float8 as age from agents
    where edge = ${config.edge} and host = ${hostname()}`;
  if (!row) return wrong('no agent has ever run here', startAgent);
  const since = `tallygate agent was here ${Math.max(0, Math.round(row.age))} s ago`;
  return row.age > 60 ? wrong(since, startAgent) : ok(since);
}

async function examineLag(
  sql: Sql,
  name: string,
  fingerprint: Uint8Array,
  size: number,
  mtimeMs: number,
): Promise<Finding> {
  const [row] = await sql`
    select max(position)::float8 as position, sum(lines)::float8 as lines, sum(rejects)::float8 as rejects
    from sources where fingerprint = ${fingerprint}`;
  const unread = size - (row?.position ?? 0);
  const age = Date.now() - mtimeMs;
  if (row?.position === null) {
    return age < 10_000 ? ok(`${name}: new`) : wrong(`no agent has begun to read ${name}`, startAgent);
  }
  const share = row?.lines > 0 ? row?.rejects / row?.lines : 0;
  const text = `${name}: ${row?.lines} lines read, ${row?.rejects} rejected, ${Math.max(0, unread)} bytes unread`;
  // A last line without an end waits for NGINX, not for the agent.
  if (unread > 65_536 && age > 60_000) return wrong(text, startAgent);
  if (share > 0.01) return warning(text, 'See why: tallygate status, or the table rejects.');
  return ok(text);
}

async function examineDenials(sql: Sql, config: Config): Promise<Finding[]> {
  const rows = await sql<{ kind: string; count: number }[]>`
    select kind, count(*)::int as count from report.denials
    where starts_at < now() - interval '10 seconds' group by kind`;
  for (const { kind, count } of rows) {
    const present = await readdir(path.join(config.agent.denyDir, kind)).catch(() => []);
    if (present.length < count)
      return [
        wrong(
          `${count} links or visitors are denied, and only ${present.length} in the deny folder`,
          startAgent,
        ),
      ];
  }
  return [ok('the deny folder holds what the database denies')];
}
