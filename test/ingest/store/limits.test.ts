// Limited tokens: copies spent by completion, across visitors; the denial, and the file in the deny folder.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { revokeTokens } from '../../../app/denials/denials.ts';
import type { Child } from '../../../app/process/child.ts';
import { until } from '../../../app/process/until.ts';
import { temporaryFolder } from '../../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { spawnTallygate } from '../../harness/program.ts';
import { count, writerFor } from '../in-process.ts';
import { lines, noon, type RecordFields, visitor } from '../records.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

async function token(id: string, maxCopies: number, paths = ['/files/a.iso']): Promise<void> {
  await database.sql`insert into tokens (id, paths, expires_at, max_copies)
    values (${id}, ${paths}, now() + interval '1 day', ${maxCopies})`;
}

async function fetch(...records: Partial<RecordFields>[]): Promise<void> {
  const writer = writerFor(database);
  await count(writer, lines(records.map((fields, i) => ({ token: 'T', at: noon + i, ...fields }))));
  await writer.close();
}

const denied = async () =>
  (await database.sql`select subject from denials where kind = 't' and reason = 'exhausted' order by 1`).map(
    (row) => row.subject,
  );
/** What a denied token has spent, whether it is refused already, and how many seconds later it is or would have been. */
const denials = () => database.sql`
  select subject, reason, spent_by, starts_at <= now() as holds,
    round(extract(epoch from starts_at - created_at))::int as after
  from denials order by 1`;
const copies = async () =>
  (await database.sql`select sum(copies)::int as copies from token_usage`)[0]?.copies;

it('spends one copy for a download that is resumed by another visitor on another day', async () => {
  await token('T', 1);
  await fetch({ sent: 400, visitor: visitor('phone') });
  expect([await copies(), await denied()]).toEqual([0, []]);
  await fetch({ sent: 600, from: 400, visitor: visitor('desk'), at: noon + 86_400 });
  expect([await copies(), await denied()]).toEqual([1, ['T']]);
});

it('spends two copies for two people with one link', async () => {
  await token('T', 2);
  await fetch({ visitor: visitor('one') });
  expect([await copies(), await denied()]).toEqual([1, []]);
  await fetch({ visitor: visitor('two') });
  expect([await copies(), await denied()]).toEqual([2, ['T']]);
});

it('stops those who stay just short of completion, by a budget of bytes', async () => {
  await token('T', 1);
  await fetch({ sent: 900 });
  await fetch({ sent: 900, visitor: visitor('2') });
  expect([await copies(), await denied()]).toEqual([0, []]);
  await fetch({ sent: 900, visitor: visitor('3') });
  expect([await copies(), await denied()]).toEqual([0, ['T']]);
  expect(await denials()).toMatchObject([{ spent_by: 'bytes', holds: true }]);
});

it('denies a spent token only when the grace is over, and at once when its bytes are spent or it is revoked', async () => {
  await token('T', 1);
  await fetch({});
  const inGrace = { subject: 'T', reason: 'exhausted', spent_by: 'copies', holds: false, after: 600 };
  expect(await denials()).toEqual([inGrace]);
  // What did not arrive, once more.
  await fetch({ from: 700, sent: 300 }, { from: 650, sent: 350 });
  expect(await denials()).toEqual([inGrace]);
  await fetch({ from: 600, sent: 350 });
  expect(await denials()).toMatchObject([{ reason: 'exhausted', spent_by: 'copies', holds: true }]);

  await token('R', 1);
  await fetch({ token: 'R' });
  await database.sql.begin((tx) => revokeTokens(tx, ['R']));
  const revoked = { subject: 'R', reason: 'revoked', spent_by: 'copies', holds: true };
  expect((await denials())[0]).toMatchObject(revoked);
  // Whatever is counted of it later.
  await fetch({ token: 'R' });
  expect((await denials())[0]).toMatchObject(revoked);
});

it('forgets every token’s denial an hour after its link has ended, whatever it was denied for', async () => {
  await token('T', 1);
  await token('R', 1);
  await database.sql`update tokens set finish_by = expires_at + interval '1 day' where id = 'R'`;
  await fetch({});
  await database.sql.begin((tx) => revokeTokens(tx, ['R']));
  expect(
    await database.sql`
      select distinct extract(epoch from until - greatest(expires_at, finish_by))::int as slack
      from denials join tokens on id = subject`,
  ).toEqual([{ slack: 3600 }]);
});

const list = '0123456789abcdefghjkmn';

it('holds the limit for each file of a list, and spends the token with the last of them', async () => {
  await token(list, 1, ['/files/a.iso', '/files/b.iso']);
  await fetch({ token: `${list}-1` }, { token: `${list}-1`, visitor: visitor('again') });
  expect(await denials()).toMatchObject([{ subject: `${list}-1`, spent_by: 'copies', holds: true }]);
  await fetch({ token: `${list}-2`, path: '/files/b.iso' });
  const inGrace = { spent_by: 'copies', holds: false, after: 600 };
  // The token is refused when the last of its links is.
  expect(await denials()).toMatchObject([
    { subject: list, ...inGrace },
    { subject: `${list}-1`, holds: true },
    { subject: `${list}-2`, ...inGrace },
  ]);
  expect(await database.sql`select token_id from token_usage group by 1`).toEqual([{ token_id: list }]);
  await database.sql.begin((tx) => revokeTokens(tx, [list]));
  expect(await denials()).toMatchObject(
    [list, `${list}-1`, `${list}-2`].map((subject) => ({ subject, holds: true })),
  );
});

const slackbot = 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)';
it.each([
  ['Slack', slackbot],
  ['Slack, the picture', 'Slack-ImgProxy (+https://api.slack.com/robots)'],
  ['Telegram', 'TelegramBot (like TwitterBot)'],
  ['Discord', 'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)'],
  ['Facebook', 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)'],
  ['Twitter', 'Twitterbot/1.0'],
  ['LinkedIn', 'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)'],
  [
    'Skype and Teams',
    'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com',
  ],
  ['Barracuda', 'Mozilla/5.0 (compatible; BarracudaCentral/1.0)'],
  ['no user agent', ''],
])('one copy that a previewer or scanner fetches spends nothing, a second does: %s', async (_, agent) => {
  await token('T', 1);
  const used = async () => {
    const [row] = await database.sql`
      select f.spent::int, f.copies_left::int as left, t.spent::int as token, t.copies::int
        from report.token_files f join report.tokens t using (token_id)`;
    return row;
  };
  await fetch({ agent, visitor: visitor('bot') });
  expect([await denied(), await used()]).toEqual([[], { spent: 0, left: 1, token: 0, copies: 1 }]);
  await fetch({ visitor: visitor('customer') });
  expect([await denied(), await used()]).toEqual([['T'], { spent: 1, left: 0, token: 1, copies: 2 }]);
  // It took the copy that the customer has beyond the limit: what a token yields at the most stays the same.
  expect(await denials()).toMatchObject([{ spent_by: 'copies', holds: true }]);
});

it('spends the second copy of a bot, in whatever order, and what it fetched in part is no copy', async () => {
  await token('T', 2);
  const bot = { agent: slackbot, visitor: visitor('bot') };
  await fetch(bot, { visitor: visitor('customer') });
  expect(await denied()).toEqual([]);
  await fetch(bot);
  expect(await denied()).toEqual(['T']);
  await token('P', 1);
  await fetch({ ...bot, token: 'P', sent: 300 }, { token: 'P' });
  expect(await denied()).toEqual(['P', 'T']);
});

it('counts a path as one file, whatever the client calls the host', async () => {
  await token('T', 2);
  await fetch({ host: 'one.example' }, { host: 'two.example' });
  expect([await copies(), await denied()]).toEqual([2, ['T']]);
});

it('denies of a folder the file that is spent, and no other', async () => {
  await token('T', 1, ['/files/']);
  await fetch({}, { path: '/files/b.iso', sent: 500 });
  const digest = createHash('sha256').update('/files/a.iso').digest('base64url').slice(0, 22);
  expect(await denied()).toEqual([`T.${digest}`]);
  expect(await denials()).toMatchObject([{ spent_by: 'copies', holds: false, after: 600 }]);
});

it.each([
  ['a file alone', ['/files/a.iso'], null, ['T']],
  ['of several', ['/b', '/files/a.iso'], null, ['T-2']],
  ['in a folder', ['/files/'], null, ['T.*']],
  ['in a folder by its segments', ['/files/x/master.m3u8'], 1, ['T.*']],
  ['named, and in a folder', ['/files/a.iso', '/files/'], null, ['T-1', 'T.*']],
  ['by a link that somebody signed with the token', ['/other.iso'], null, ['T']],
])('denies a spent file by the names its links have: %s', async (_, paths, prefix, names) => {
  await token('T', 1, paths);
  await database.sql`update tokens set prefix = ${prefix}`;
  await fetch({});
  expect((await denied()).map((name: string) => name.replace(/\.[\w-]{22}$/, '.*')).sort()).toEqual(names);
  const files = await database.sql`
    select spent::int, copies_left::int as left, spent_by from report.token_files where path = '/files/a.iso'`;
  expect(files).toEqual([{ spent: 1, left: 0, spent_by: 'copies' }]);
});

it('counts whole streams, whose size is known only then, as copies, and what broke off as bytes', async () => {
  await token('T', 1);
  await fetch({ etag: '', size: 0, sent: 700 });
  expect([await copies(), await denied()]).toEqual([0, []]);
  await fetch({ etag: '', size: 1000, sent: 1000 });
  expect([await copies(), await denied()]).toEqual([1, ['T']]);
  // Another time its frames were others.
  await fetch({ etag: '', size: 1012, sent: 1012 });
  expect(await denials()).toMatchObject([{ spent_by: 'copies', holds: true }]);
});

it('keeps the usage of every token that was issued here, and of no other', async () => {
  await database.sql`insert into tokens (id, paths, expires_at) values ('T', '{/files/a.iso}', now())`;
  await fetch({}, {}, { token: 'unknown' });
  expect(await database.sql`select token_id, copies::int from token_usage`).toEqual([
    { token_id: 'T', copies: 2 },
  ]);
  expect(await denied()).toEqual([]);
});

it('keeps the deny folder in step: told at once, restored after a restart, cleaned', async () => {
  const folder = await temporaryFolder('deny');
  const denyDir = path.join(folder, 'deny');
  const file = (name: string) => path.join(denyDir, 't', name);
  const env = {
    TALLYGATE_DATABASE_URL: database.url,
    TALLYGATE_AGENT_LOGS: path.join(folder, 'downloads.log'),
    TALLYGATE_AGENT_DENY_DIR: denyDir,
    TALLYGATE_AGENT_SALTS_FILE: path.join(folder, 'salts.conf'),
    TALLYGATE_TOKENS_RETRY_GRACE: '0',
  };
  let later = 0;
  let agent: Child = await spawnTallygate(['agent'], { env });
  try {
    await until(() => existsSync(path.join(denyDir, 'v')), 'the deny folder');
    await until(
      async () =>
        (
          await database.sql`select 1 from pg_stat_activity where query ilike 'listen%' and datname = current_database()`
        ).length > 0,
      'the agent to listen',
    );
    await token('T', 1);
    await writeFile(path.join(folder, 'downloads.log'), lines([{ token: 'T' }]));
    // Within a time in which the whole folder is not compared: it is told.
    await until(() => existsSync(file('T')), 'the exhausted token to be denied');
    await database.sql`insert into denials (kind, subject, reason) values ('t', 'R', 'revoked'), ('t', '../x', 'revoked')`;
    await database.sql`notify tallygate_denials`;
    await until(() => existsSync(file('R')), 'the revoked token to be denied');
    // Written when it begins, with no notice; again if the whole folder was compared meanwhile, which would write it, too.
    do {
      later += 1;
      await writeFile(file('stray'), '');
      await database.sql`
        insert into denials (kind, subject, reason, starts_at)
        values ('t', ${`late${later}`}, 'exhausted', now() + interval '2 seconds')`;
      expect(existsSync(file(`late${later}`))).toBe(false);
      await until(() => existsSync(file(`late${later}`)), 'the denial that begins later');
    } while (!existsSync(file('stray')));
    await agent.stop();
    await rm(file('R'));
    await writeFile(file('stale'), '');
    const usual = process.umask(0o077);
    agent = await spawnTallygate(['agent'], { env });
    process.umask(usual);
    await until(() => existsSync(file('R')) && !existsSync(file('stale')), 'the folder to be put right');
    // NGINX's workers, another user, may read it.
    await until(async () => ((await stat(file('R'))).mode & 0o777) === 0o644, 'a file that NGINX may open');
    expect(existsSync(path.join(denyDir, 'x'))).toBe(false);
  } finally {
    await agent.stop();
  }
});

it('lets a visitor in again when the denial is taken back or has run out, though nobody was notified', async () => {
  const folder = await temporaryFolder('deny');
  const denyDir = path.join(folder, 'deny');
  const there = (name: string) => existsSync(path.join(denyDir, 'v', name));
  const [taken, ended, kept] = [visitor('taken'), visitor('ended'), visitor('kept')] as const;
  const agent = await spawnTallygate(['agent'], {
    env: {
      TALLYGATE_DATABASE_URL: database.url,
      TALLYGATE_AGENT_LOGS: path.join(folder, 'downloads.log'),
      TALLYGATE_AGENT_DENY_DIR: denyDir,
      TALLYGATE_AGENT_SALTS_FILE: path.join(folder, 'salts.conf'),
    },
  });
  try {
    const { sql } = database;
    const deny = async (name: string, seconds: number) => sql`
      insert into denials (kind, subject, reason, until)
      values ('v', ${name}, 'test', now() + make_interval(secs => ${seconds}))
      on conflict (kind, subject) do update set until = excluded.until, starts_at = excluded.starts_at`;
    // Once a minute everything is compared, by which visitors would be let in anyway, and what is nobody's denial goes:
    // where it has stayed, that was not it; where not, once more.
    const stray = visitor('stray');
    do {
      for (const name of [taken, ended, kept]) await deny(name, 3600);
      await until(() => [taken, ended, kept].every(there), 'all three to be denied');
      await writeFile(path.join(denyDir, 'v', stray), '');
      await sql`update denials set until = now() where subject = ${taken}`;
      await sql`update denials set until = now() + interval '1 second' where subject = ${ended}`;
      await until(() => !there(taken) && !there(ended), 'two to be let in again');
      expect(there(kept)).toBe(true);
    } while (!there(stray));
    await deny(taken, 3600);
    await until(() => there(taken), 'the first to be denied once more');
  } finally {
    await agent.stop();
  }
});
