// A real agent and a real PostgreSQL, a log whose every complete line is known, and the comparison at the end:
// nothing lost, nothing doubled, the cursor just behind the last complete line.

import { randomBytes } from 'node:crypto';
import { appendFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { connect, type Sql } from '../../app/db/connection.ts';
import type { Child } from '../../app/process/child.ts';
import { startChild } from '../../app/process/child.ts';
import { until } from '../../app/process/until.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';
import { leaveOutput } from '../harness/program.ts';
import { counted, expected } from '../ingest/oracle.ts';
import { line, noon, type RecordFields, record, visitor } from '../ingest/records.ts';

export type RigOptions = {
  url: string;
  /** Which log the agent follows; default: downloads.log in a folder of its own. */
  logs?: string;
  program?: string;
};

export class Rig {
  readonly url: string;
  readonly folder: string;
  readonly log: string;
  readonly sql: Sql;
  /** Every record of which a complete line was written. */
  readonly written: RecordFields[] = [];
  readonly agents: Child[] = [];
  readonly #program: string;
  /** How many visitors take turns. */
  variety = 97;
  #next = 0;

  private constructor(options: RigOptions, folder: string) {
    this.url = options.url;
    this.folder = folder;
    this.log = options.logs ?? path.join(folder, 'downloads.log');
    this.sql = connect(options.url, { max: 2, idle_timeout: 5 });
    this.#program = options.program ?? path.join(projectRoot, 'dist/tallygate.js');
  }

  static async create(options: RigOptions): Promise<Rig> {
    return new Rig(options, await temporaryFolder('fault'));
  }

  /** New records: a few visitors of three files, in parts, so that transfers span batches. */
  make(count: number): RecordFields[] {
    return Array.from({ length: count }, () => {
      const n = this.#next++;
      return record({
        id: randomBytes(16).toString('hex'),
        visitor: visitor(`visitor ${n % this.variety}`),
        path: `/files/${n % 3}.iso`,
        at: noon + Math.floor(n / 10),
        from: 250 * (n % 4),
        sent: 250,
        status: 206,
      });
    });
  }

  /** Appends complete lines and remembers them. */
  append(count: number, file = this.log): void {
    this.appendRecords(this.make(count), file);
  }

  appendRecords(records: readonly RecordFields[], file = this.log): void {
    appendFileSync(file, records.map((fields) => `${line(fields)}\n`).join(''));
    this.written.push(...records);
  }

  /** @param through programs that start the agent, with their arguments */
  async start(env: Record<string, string> = {}, through: readonly string[] = []): Promise<Child> {
    const [command = '', ...args] = [...through, process.execPath, this.#program, 'agent'];
    const agent = await startChild(command, args, {
      env: {
        PATH: process.env.PATH ?? '',
        TALLYGATE_CONFIG: '/dev/null',
        TALLYGATE_DATABASE_URL: this.url,
        TALLYGATE_EDGE: 'fra1',
        TALLYGATE_AGENT_LOGS: this.log,
        TALLYGATE_AGENT_DENY_DIR: path.join(this.folder, 'deny'),
        TALLYGATE_AGENT_SALTS_FILE: path.join(this.folder, 'salts.conf'),
        ...env,
      },
    });
    await leaveOutput(agent, 'agent');
    this.agents.push(agent);
    return agent;
  }

  /** Waits until as many lines were read. */
  async read(lines: number, timeoutMs = 60_000): Promise<void> {
    try {
      await until(async () => (await this.totals()).lines >= lines, `${lines} lines to be read`, timeoutMs);
    } catch (error) {
      const said = this.agents.map((agent) => agent.stderr()).join('\n');
      throw new Error(`${JSON.stringify(await this.totals())}\n${said.slice(-4000)}`, { cause: error });
    }
  }

  async totals(): Promise<{ lines: number; requests: number; rejects: number }> {
    const [row] = await this.sql<{ lines: number; requests: number; rejects: number }[]>`
      select coalesce(sum(lines), 0)::int as lines, coalesce(sum(requests), 0)::int as requests,
        coalesce(sum(rejects), 0)::int as rejects from sources`;
    return row as { lines: number; requests: number; rejects: number };
  }

  async reasons(): Promise<Record<string, number>> {
    const rows = await this.sql<{ reason: string; lines: number }[]>`
      select reason, sum(lines)::int as lines from reject_counts group by reason`;
    return Object.fromEntries(rows.map((row) => [row.reason, row.lines]));
  }

  /** All that was written is counted, once; besides `rejects` other lines. */
  async expectAll({ rejects = 0, timeoutMs = 60_000 } = {}): Promise<void> {
    await this.read(this.written.length + rejects, timeoutMs);
    expect(await this.totals()).toEqual({
      lines: this.written.length + rejects,
      requests: this.written.length,
      rejects,
    });
    const sums = expected(this.written);
    // Citus's workers commit a moment after its coordinator.
    const agree = async () => isDeepStrictEqual(await counted(this.sql), sums);
    if (process.env.CITUS_URL) await until(agree, 'the workers to commit').catch(() => {});
    expect(await counted(this.sql)).toEqual(sums);
  }

  /** The cursor of the only source stands at the end of the file. */
  async expectCursorAtEnd(file = this.log): Promise<void> {
    const rows = await this.sql<{ position: number }[]>`select position::float8 as position from sources`;
    expect(rows.map((row) => row.position)).toEqual([statSync(file).size]);
  }

  /** Waits until some agent has logged something like this. */
  async said(pattern: RegExp, timeoutMs = 60_000): Promise<void> {
    await until(
      () => this.agents.some((agent) => pattern.test(agent.stderr())),
      `an agent to say ${pattern}`,
      timeoutMs,
    );
  }

  async end(): Promise<void> {
    for (const agent of this.agents) {
      if (agent.exit()) continue;
      agent.kill('SIGCONT');
      await agent.stop();
    }
    await this.sql.end({ timeout: 5 });
  }
}
