// Imports that are taken back leave a database as if they had never been made, whatever was counted before and since.

import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { UserError } from '../../../../app/user-error.ts';
import { temporaryFolder } from '../../../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../../../harness/postgres.ts';
import { line, noon, visitor } from '../../records.ts';
import { World } from './world.ts';

const databases: TestDatabase[] = [];
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});

async function world(): Promise<World> {
  const database = await createDatabase();
  databases.push(database);
  await database.sql`
    insert into tokens (id, paths, expires_at, max_copies) values ('limited', '{/a.iso}', now() + interval '1 day', 2)`;
  return new World(database, await temporaryFolder('undo'));
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A combined line of the n-th request to a server: few clients and files, around a midnight UTC. */
function combined(server: string, n: number): string {
  const at = new Date((noon + 43_200 + (n - 40) * 97) * 1000);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  const seed = n * 7 + server.length;
  const [status, bytes] = [200, 1000, 206, 300].slice(seed % 3 === 0 ? 2 : 0) as [number, number];
  const referrer = ['-', 'https://example.org/', `https://${server}.example.org/`][seed % 3];
  const agent = ['curl/8.4.0', 'Mozilla/5.0 (X11; rv:128.0) Gecko/20100101 Firefox/128.0'][seed % 2];
  const file = ['a', 'b', server][(seed >> 1) % 3];
  return `198.51.100.${seed % 4} - - [${day}:${time} +0000] "GET /${file}.iso HTTP/1.1" ${status} ${bytes} "${referrer}" "${agent}"\n`;
}

/** The n-th record of a log: ranges of few files, by few visitors, some with a token. */
function recorded(log: string, n: number): string {
  const seed = n * 11 + log.length;
  const at = noon + 43_200 + (n - 30) * 131 + log.length / 10;
  const from = [0, 0, 100, 500, 700, -1][seed % 6] as number;
  return `${line({
    id: `${log.length}${n}`.padStart(32, '0'),
    at,
    path: ['/a.iso', '/b.iso', `/${log}.iso`][seed % 3] as string,
    visitor: visitor(['x', 'y', 'z'][(seed >> 1) % 3] as string),
    token: ['', '', 'limited', 'other'][seed % 4] as string,
    key: ['a1', 'b2'][seed % 2] as string,
    edge: ['fra1', 'ams1'][(seed >> 2) % 2] as string,
    agent: 'curl/8.5.0',
    referrer: ['', 'example.org', `${log}.example.org`][(seed >> 1) % 3] as string,
    from,
    sent: [1000, 300, 400, 500, 300, 200][seed % 6] as number,
    status: 206,
  })}\n`;
}

const slice = (of: (n: number) => string, [a, b]: readonly [number, number]) => {
  let text = '';
  for (let n = Math.min(a, b); n <= Math.max(a, b); n += 1) text += of(n);
  return text;
};

type Step =
  | { kind: 'live'; number: number }
  | {
      kind: 'import';
      log: string;
      part: readonly [number, number];
      undone: 'later' | 'at the end' | 'never';
    };

const part = fc.tuple(fc.nat(79), fc.nat(79));
const steps = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('live' as const), number: fc.integer({ min: 1, max: 30 }) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('import' as const),
        // Two servers, and a log of records that is none of the live one's.
        log: fc.constantFrom('web', 'mirror', 'records'),
        part,
        undone: fc.constantFrom('later' as const, 'at the end' as const, 'never' as const),
      }),
    },
  ),
  { minLength: 2, maxLength: 8 },
);

function content({ log, part }: Extract<Step, { kind: 'import' }>): string {
  return slice((n) => (log === 'records' ? recorded('old', n) : combined(log, n)), part);
}

/** Takes imports back; those that rest on them, too, as the refusal says. Returns which were. */
async function undoWithThoseThatRestOnThem(of: World, names: string[]): Promise<string[]> {
  const ids = async (list: string[]) =>
    (
      await of.database.sql<{ path: string }[]>`select path from sources where id = any(${list}::bigint[])`
    ).map(({ path }) => path);
  try {
    await of.undo(names);
    return names;
  } catch (error) {
    if (!(error instanceof UserError) || !/holds? the same lines/.test(error.message)) throw error;
    const named = [...(error.remedy ?? '').matchAll(/--undo (\d+)/g)].map(([, id]) => id as string);
    const all = await ids(named);
    expect(all.length).toBeGreaterThan(names.length);
    await of.undo(named);
    return all;
  }
}

it('is as if they had never been made, whatever overlaps with them, live counting and other imports', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const [one, other] = [await world(), await world()];
      const undone = new Set<string>();
      let liveLines = 0;
      const nextLive = (number: number) => {
        liveLines += number;
        return slice((n) => recorded('live', n), [liveLines - number, liveLines - 1]);
      };
      const texts = all.map((step) => (step.kind === 'live' ? nextLive(step.number) : content(step)));
      const open = () =>
        all.flatMap((step, n) =>
          step.kind === 'import' && step.undone === 'later' && !undone.has(`${n}.log`) ? [`${n}.log`] : [],
        );
      for (const [n, step] of all.entries()) {
        if (step.kind === 'live') await one.live(texts[n] as string);
        else await one.import(`${n}.log`, texts[n] as string);
        // Those of an earlier moment, so that more is counted after they are gone.
        const name = open().find((candidate) => Number.parseInt(candidate, 10) < n - 1);
        if (name) for (const gone of await undoWithThoseThatRestOnThem(one, [name])) undone.add(gone);
      }
      const last = all.flatMap((step, n) =>
        step.kind === 'import' && step.undone !== 'never' && !undone.has(`${n}.log`) ? [`${n}.log`] : [],
      );
      // Live counting goes on meanwhile.
      const meanwhile = nextLive(12);
      const counting = one.live(meanwhile);
      if (last.length > 0) for (const gone of await undoWithThoseThatRestOnThem(one, last)) undone.add(gone);
      await counting;

      for (const [n, step] of all.entries()) {
        if (step.kind === 'live') await other.live(texts[n] as string);
        else if (!undone.has(`${n}.log`)) await other.import(`${n}.log`, texts[n] as string);
      }
      await other.live(meanwhile);
      expect(await one.everything()).toEqual(await other.everything());
      for (const each of [one, other]) await each.end();
      for (const database of databases.splice(0)) await database.drop();
    }),
    // Two databases for each run: to look for a smaller example would take longer than to read this one.
    { numRuns: Number(process.env.RUNS ?? 12), endOnFailure: true },
  );
});
