// What Prometheus is told at GET /metrics of `tallygate serve`: what this process does, and, read from PostgreSQL at
// each scrape, how the agents and the counting are. So agents need no port that anyone reaches.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Sql } from '../db/connection.ts';
import type { Logger } from '../log.ts';
import { type Reading, readSystem } from './read-system.ts';

export type Metrics = {
  /** route as declared, method, status */
  requests: Counter<'route' | 'method' | 'status'>;
  seconds: Histogram<'route' | 'method'>;
  tokensIssued: Counter;
  redemptions: Counter<'outcome'>;
  /** The whole page, in Prometheus's text format. */
  page(): Promise<string>;
  readonly contentType: string;
};

/** How long a scrape waits for PostgreSQL, in milliseconds: below Prometheus's own patience of 10 s. */
const patience = 5000;

export function createMetrics(sql: Sql, log: Logger): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const up = new Gauge({
    name: 'tallygate_database_up',
    help: '1: PostgreSQL answered this scrape; the values read from it are left out otherwise',
    registers,
  });
  const showSystem = systemGauges(registry);
  return {
    requests: new Counter({
      name: 'tallygate_http_requests_total',
      help: 'Requests to the service',
      labelNames: ['route', 'method', 'status'],
      registers,
    }),
    seconds: new Histogram({
      name: 'tallygate_http_request_duration_seconds',
      help: 'Time from request to answer',
      labelNames: ['route', 'method'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers,
    }),
    tokensIssued: new Counter({
      name: 'tallygate_tokens_issued_total',
      help: 'Tokens issued through the API',
      registers,
    }),
    redemptions: new Counter({
      name: 'tallygate_redemptions_total',
      help: 'Codes that were typed, by what came of it',
      labelNames: ['outcome'],
      registers,
    }),
    contentType: registry.contentType,
    async page() {
      const reading = await readSystem(sql, patience).catch((error: unknown) => {
        log.warn({ err: error }, 'metrics without what PostgreSQL knows');
        return undefined;
      });
      up.set(reading ? 1 : 0);
      showSystem(reading);
      return registry.metrics();
    },
  };
}

type Show = (reading: Reading | undefined) => void;

/** One gauge per column of a reading. Sums over all time are gauges too: they are read, not counted here. */
function systemGauges(registry: Registry): Show {
  const shows: Show[] = [];
  const gauge = <Row>(
    name: string,
    help: string,
    labelNames: string[],
    rows: (reading: Reading) => Row[],
    cell: (row: Row) => [labels: Record<string, string>, value: number],
  ) => {
    const metric = new Gauge({ name: `tallygate_${name}`, help, labelNames, registers: [registry] });
    shows.push((reading) => {
      metric.reset();
      for (const row of reading ? rows(reading) : []) metric.set(...cell(row));
    });
  };
  const agent = ['edge', 'host'];
  const agents = (reading: Reading) => reading.agents;
  const ofAgent =
    (column: 'seen' | 'unread' | 'denied' | 'batches' | 'batch_seconds') =>
    (row: Reading['agents'][number]): [Record<string, string>, number] => [
      { edge: row.edge, host: row.host },
      row[column],
    ];
  gauge('agent_seen_timestamp_seconds', 'When an agent last reported', agent, agents, ofAgent('seen'));
  gauge('agent_unread_bytes', 'What lies in its logs unread', agent, agents, ofAgent('unread'));
  gauge('agent_denied', 'Files in its deny folder', agent, agents, ofAgent('denied'));
  gauge('agent_batches_total', 'Batches stored since it started', agent, agents, ofAgent('batches'));
  gauge('agent_batch_seconds_total', 'Time spent storing them', agent, agents, ofAgent('batch_seconds'));
  gauge(
    'denials',
    'Tokens and visitors that are refused now',
    [],
    (r) => [r.denials],
    (n) => [{}, n],
  );
  gauge(
    'log_lines_total',
    'Log lines read: always requests and rejects together',
    ['edge', 'outcome'],
    (reading) => reading.lines,
    ({ edge, outcome, lines }) => [{ edge, outcome }, lines],
  );
  gauge(
    'log_rejects_total',
    'Log lines that were not counted, by reason',
    ['reason'],
    (reading) => reading.rejects,
    ({ reason, lines }) => [{ reason }, lines],
  );
  gauge(
    'database_connections',
    "Connections of Tallygate's programs to this database",
    ['application', 'state'],
    (reading) => reading.connections,
    ({ application, state, count }) => [{ application, state }, count],
  );
  return (reading) => {
    for (const show of shows) show(reading);
  };
}
