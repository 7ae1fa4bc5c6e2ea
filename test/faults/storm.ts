// A storm: load, rotations of every kind, kills, stops and restarts of agents and of PostgreSQL, at random from
// a seed; at the end nothing is lost and nothing doubled. `make storm SECONDS=60 SEED=n`, and shortly in CI.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Cluster } from '../../app/run/cluster.ts';
import { randomNumbers } from '../bench/ingest/generate.ts';
import type { Rig } from './rig.ts';

export type StormFigures = Record<
  'lines' | 'rotations' | 'packed' | 'agentKills' | 'agentStops' | 'databaseStops' | 'sessionsEnded',
  number
>;

export async function storm(
  rig: Rig,
  cluster: Cluster,
  seconds: number,
  seed: number,
): Promise<StormFigures> {
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const figures: StormFigures = {
    lines: 0,
    rotations: 0,
    packed: 0,
    agentKills: 0,
    agentStops: 0,
    databaseStops: 0,
    sessionsEnded: 0,
  };
  const rotated: string[] = [];
  const running = () => rig.agents.filter((agent) => !agent.exit());

  const load = () => rig.append(1 + below(400));
  const rotate = () => {
    const name = `${rig.log}.${figures.rotations + 1}`;
    renameSync(rig.log, name);
    figures.rotations += 1;
    rotated.push(name);
    // Late lines of a worker that was not told yet.
    if (below(2) === 0) rig.append(1 + below(50), name);
    rig.append(1 + below(50));
  };
  const pack = () => {
    const name = rotated.shift();
    if (!name) return;
    writeFileSync(`${name}.gz.tmp`, gzipSync(readFileSync(name)));
    renameSync(`${name}.gz.tmp`, `${name}.gz`);
    rmSync(name);
    figures.packed += 1;
  };
  const killAgent = async () => {
    const agents = running();
    const agent = agents[below(agents.length)];
    if (agent) {
      agent.kill('SIGKILL');
      await agent.exited;
      figures.agentKills += 1;
    }
    await rig.start({ TALLYGATE_AGENT_STALL_AFTER: '5' });
  };
  const stopAgent = async () => {
    const agents = running();
    const agent = agents[below(agents.length)];
    if (!agent) return;
    agent.kill('SIGSTOP');
    await delay(below(1500));
    agent.kill('SIGCONT');
    figures.agentStops += 1;
  };
  const stopDatabase = async () => {
    const hard = below(2) === 0;
    await cluster.server.stop(hard ? 'SIGQUIT' : 'SIGINT');
    rig.append(1 + below(500));
    await delay(below(500));
    await cluster.restart();
    figures.databaseStops += 1;
  };
  const endSessions = async () => {
    await rig.sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'tallygate-ingest' and pid <> pg_backend_pid()`;
    figures.sessionsEnded += 1;
  };

  const deeds: readonly [weight: number, deed: () => void | Promise<void>][] = [
    [60, load],
    [10, rotate],
    [5, pack],
    [8, killAgent],
    [5, stopAgent],
    [2, stopDatabase],
    [5, endSessions],
  ];
  const weights = deeds.reduce((sum, [weight]) => sum + weight, 0);
  load();
  await rig.start({ TALLYGATE_AGENT_STALL_AFTER: '5' });
  await rig.start({ TALLYGATE_AGENT_STALL_AFTER: '5' });
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    let chosen = below(weights);
    for (const [weight, deed] of deeds) {
      chosen -= weight;
      if (chosen >= 0) continue;
      await deed();
      break;
    }
    await delay(below(60));
  }
  if (running().length === 0) await rig.start();
  figures.lines = rig.written.length;
  return figures;
}
