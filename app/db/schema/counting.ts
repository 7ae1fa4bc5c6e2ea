// The tables of counting, for the queries of app/db/orm.ts. The SQL in sql/migrations is the truth;
// test/db/schema.test.ts holds the two together, column by column.

import {
  bigint,
  boolean,
  customType,
  date,
  doublePrecision,
  index,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
} from 'drizzle-orm/pg-core';
import { bytea, instant, jsonb } from './types.ts';

export const visitorClass = pgEnum('visitor_class', ['person', 'tool', 'bot']);

// Ids and visitors use all 64 bits; counts and bytes stay below 2^53.
const id = (name: string) => bigint(name, { mode: 'bigint' }).notNull();
const count = (name: string) => bigint(name, { mode: 'number' }).notNull();
const created = (name = 'created_at') => instant(name).notNull().defaultNow();
const multirange = customType<{ data: string }>({ dataType: () => 'int8multirange' });

export const files = pgTable('files', {
  id: id('id').primaryKey(),
  host: text('host').notNull(),
  path: text('path').notNull(),
  createdAt: created(),
  imported: boolean('imported').notNull().default(false),
});

export const fileVersions = pgTable(
  'file_versions',
  {
    id: id('id').primaryKey(),
    fileId: id('file_id'),
    etag: text('etag').notNull(),
    size: count('size'),
    createdAt: created(),
    imported: boolean('imported').notNull().default(false),
  },
  (table) => [index('file_versions_file').on(table.fileId)],
);

export const origins = pgTable('origins', {
  id: id('id').primaryKey(),
  edge: text('edge').notNull(),
  agent: text('agent').notNull(),
  client: text('client').notNull(),
  class: visitorClass('class').notNull(),
  referrerHost: text('referrer_host').notNull(),
  country: text('country').notNull(),
  createdAt: created(),
  rule: text('rule').notNull().default(''),
  imported: boolean('imported').notNull().default(false),
});

export const transfers = pgTable(
  'transfers',
  {
    visitor: id('visitor'),
    versionId: id('version_id'),
    fileId: id('file_id'),
    originId: id('origin_id'),
    sent: count('sent'),
    size: count('size'),
    coveredTo: count('covered_to'),
    firstAt: instant('first_at').notNull(),
    lastAt: instant('last_at').notNull(),
    prevFirstAt: instant('prev_first_at'),
    day: date('day').notNull(),
    requests: integer('requests').notNull(),
    class: visitorClass('class').notNull(),
    prevClass: visitorClass('prev_class'),
    state: smallint('state').notNull(),
    prevState: smallint('prev_state'),
    tokenId: text('token_id').notNull(),
    edge: text('edge').notNull(),
    prevEdge: text('prev_edge'),
    covered: multirange('covered'),
    beganAt: instant('began_at'),
    minBytes: bigint('min_bytes', { mode: 'number' }),
    completeFrom: bigint('complete_from', { mode: 'number' }),
    importId: bigint('import_id', { mode: 'number' }),
  },
  (table) => [primaryKey({ columns: [table.visitor, table.versionId, table.tokenId, table.day] })],
);

export const transferShares = pgTable(
  'transfer_shares',
  {
    visitor: id('visitor'),
    versionId: id('version_id'),
    fileId: id('file_id'),
    originId: id('origin_id'),
    importId: count('import_id'),
    sent: count('sent'),
    size: count('size'),
    coveredTo: count('covered_to'),
    firstAt: instant('first_at').notNull(),
    lastAt: instant('last_at').notNull(),
    beganAt: instant('began_at'),
    day: date('day').notNull(),
    requests: integer('requests').notNull(),
    class: visitorClass('class').notNull(),
    tokenId: text('token_id').notNull(),
    edge: text('edge').notNull(),
    covered: multirange('covered'),
  },
  (table) => [
    primaryKey({ columns: [table.visitor, table.versionId, table.tokenId, table.day, table.importId] }),
    index('transfer_shares_day').on(table.day, table.importId),
  ],
);

export const tallies = pgTable(
  'tallies',
  {
    fileId: id('file_id'),
    bucket: instant('bucket').notNull(),
    class: visitorClass('class').notNull(),
    edge: text('edge').notNull(),
    requests: count('requests'),
    downloads: count('downloads'),
    completed: count('completed'),
    copies: count('copies'),
    bytes: count('bytes'),
    sizeUnknown: count('size_unknown').default(0),
  },
  (table) => [
    primaryKey({ columns: [table.fileId, table.bucket, table.class, table.edge] }),
    index('tallies_bucket').on(table.bucket),
  ],
);

const sums = {
  requests: count('requests'),
  downloads: count('downloads'),
  completed: count('completed'),
  copies: count('copies'),
  bytes: count('bytes'),
  sizeUnknown: count('size_unknown').default(0),
};

export const tallyTotals = pgTable(
  'tally_totals',
  {
    bucket: instant('bucket').notNull(),
    class: visitorClass('class').notNull(),
    edge: text('edge').notNull(),
    ...sums,
  },
  (table) => [primaryKey({ columns: [table.bucket, table.class, table.edge] })],
);

export const tallyDays = pgTable(
  'tally_days',
  {
    fileId: id('file_id'),
    day: date('day').notNull(),
    class: visitorClass('class').notNull(),
    edge: text('edge').notNull(),
    ...sums,
  },
  (table) => [
    primaryKey({ columns: [table.fileId, table.day, table.class, table.edge] }),
    index('tally_days_day').on(table.day),
  ],
);

export const tallyMonths = pgTable(
  'tally_months',
  {
    fileId: id('file_id'),
    month: date('month').notNull(),
    class: visitorClass('class').notNull(),
    edge: text('edge').notNull(),
    ...sums,
  },
  (table) => [
    primaryKey({ columns: [table.fileId, table.month, table.class, table.edge] }),
    index('tally_months_month').on(table.month),
  ],
);

export const tallyDimensions = pgTable(
  'tally_dimensions',
  {
    fileId: id('file_id'),
    day: date('day').notNull(),
    class: visitorClass('class').notNull(),
    edge: text('edge').notNull(),
    dimension: text('dimension', { enum: ['referrer', 'client', 'country'] }).notNull(),
    value: text('value').notNull(),
    downloads: count('downloads'),
    bytes: count('bytes'),
  },
  (table) => [
    primaryKey({
      columns: [table.fileId, table.day, table.dimension, table.value, table.class, table.edge],
    }),
    index('tally_dimensions_day').on(table.day, table.dimension),
  ],
);

export const tallyVisitors = pgTable(
  'tally_visitors',
  {
    day: date('day').notNull(),
    class: visitorClass('class').notNull(),
    visitors: count('visitors'),
  },
  (table) => [primaryKey({ columns: [table.day, table.class] })],
);

export const tallyFileVisitors = pgTable(
  'tally_file_visitors',
  {
    fileId: id('file_id'),
    day: date('day').notNull(),
    class: visitorClass('class').notNull(),
    visitors: count('visitors'),
  },
  (table) => [
    primaryKey({ columns: [table.fileId, table.day, table.class] }),
    index('tally_file_visitors_day').on(table.day),
  ],
);

export const estimatedDays = pgTable(
  'estimated_days',
  {
    fileId: id('file_id'),
    day: date('day').notNull(),
  },
  (table) => [primaryKey({ columns: [table.fileId, table.day] })],
);

export const keyUsage = pgTable(
  'key_usage',
  {
    keyId: text('key_id').notNull(),
    day: date('day').notNull(),
    edge: text('edge').notNull(),
    requests: count('requests'),
    lastAt: instant('last_at').notNull(),
    importId: count('import_id').default(0),
  },
  (table) => [primaryKey({ columns: [table.keyId, table.day, table.edge, table.importId] })],
);

export const staleDays = pgTable(
  'stale_days',
  { day: date('day').notNull(), phase: text('phase', { enum: ['changed', 'rolling'] }).notNull() },
  (table) => [primaryKey({ columns: [table.day, table.phase] })],
);

export const closedDays = pgTable('closed_days', {
  day: date('day').primaryKey(),
  closedAt: created('closed_at'),
});

export const sources = pgTable(
  'sources',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedByDefaultAsIdentity(),
    fingerprint: bytea('fingerprint').notNull(),
    generation: integer('generation').notNull().default(0),
    kind: text('kind', { enum: ['file', 'stream', 'history'] }).notNull(),
    position: count('position').default(0),
    tailLength: integer('tail_length').notNull().default(0),
    tail: bytea('tail').notNull().default(new Uint8Array()),
    lines: count('lines').default(0),
    requests: count('requests').default(0),
    rejects: count('rejects').default(0),
    edge: text('edge').notNull().default(''),
    host: text('host').notNull().default(''),
    path: text('path').notNull().default(''),
    seenSize: count('seen_size').default(0),
    lastAt: instant('last_at'),
    createdAt: created(),
    updatedAt: created('updated_at'),
    undoneAt: instant('undone_at'),
  },
  (table) => [unique().on(table.fingerprint, table.generation)],
);

export const rejects = pgTable(
  'rejects',
  {
    sourceId: id('source_id'),
    line: count('line'),
    position: count('position'),
    reason: text('reason').notNull(),
    sample: text('sample').notNull(),
    createdAt: created(),
  },
  (table) => [primaryKey({ columns: [table.sourceId, table.line] })],
);

export const rejectCounts = pgTable(
  'reject_counts',
  { sourceId: id('source_id'), reason: text('reason').notNull(), lines: count('lines') },
  (table) => [primaryKey({ columns: [table.sourceId, table.reason] })],
);

export const importLines = pgTable(
  'import_lines',
  {
    sourceId: id('source_id'),
    day: date('day').notNull(),
    position: bigint('position', { mode: 'number' }).notNull(),
    hashes: bytea('hashes').notNull(),
    createdAt: created(),
  },
  (table) => [primaryKey({ columns: [table.day, table.sourceId, table.position] })],
);

export const streamRequests = pgTable(
  'stream_requests',
  { id: bytea('id').primaryKey(), day: date('day').notNull() },
  (table) => [index('stream_requests_day').on(table.day)],
);

export const tokenUsage = pgTable(
  'token_usage',
  {
    tokenId: text('token_id').notNull(),
    versionId: id('version_id'),
    fileId: id('file_id'),
    size: count('size'),
    sent: count('sent'),
    coveredTo: count('covered_to'),
    covered: multirange('covered'),
    copies: count('copies'),
    requests: count('requests'),
    lastAt: instant('last_at').notNull(),
    completeFrom: bigint('complete_from', { mode: 'number' }),
    botSent: count('bot_sent').default(0),
  },
  (table) => [primaryKey({ columns: [table.tokenId, table.versionId] })],
);

export const denials = pgTable(
  'denials',
  {
    kind: text('kind', { enum: ['t', 'v'] }).notNull(),
    subject: text('subject').notNull(),
    reason: text('reason').notNull(),
    until: instant('until'),
    createdAt: created(),
    startsAt: instant('starts_at').notNull().defaultNow(),
    spentBy: text('spent_by', { enum: ['copies', 'bytes'] }),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.subject] }),
    index('denials_starts').on(table.startsAt),
  ],
);

export const agents = pgTable(
  'agents',
  {
    edge: text('edge').notNull(),
    host: text('host').notNull(),
    seenAt: instant('seen_at').notNull(),
    unread: count('unread'),
    denied: integer('denied').notNull(),
    batches: count('batches'),
    batchSeconds: doublePrecision('batch_seconds').notNull(),
    keysSeenAt: instant('keys_seen_at'),
    keysError: text('keys_error').notNull().default(''),
  },
  (table) => [primaryKey({ columns: [table.edge, table.host] })],
);

export const edgeKeys = pgTable(
  'edge_keys',
  {
    edge: text('edge').notNull(),
    host: text('host').notNull(),
    ring: text('ring').notNull(),
    keyId: text('key_id').notNull(),
    fingerprint: text('fingerprint').notNull(),
    signs: boolean('signs').notNull(),
    since: instant('since').notNull(),
  },
  (table) => [primaryKey({ columns: [table.edge, table.host, table.keyId] })],
);

export const settings = pgTable('settings', {
  name: text('name').primaryKey(),
  value: jsonb('value').notNull(),
});

export const visitorAddresses = pgTable(
  'visitor_addresses',
  {
    visitor: bigint('visitor', { mode: 'bigint' }).notNull(),
    edge: text('edge').notNull(),
    address: text('address').notNull(),
    seenAt: instant('seen_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.visitor, table.edge, table.address] }),
    index('visitor_addresses_seen').on(table.edge, table.seenAt),
  ],
);
