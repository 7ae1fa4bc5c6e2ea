// The service's tables, for the queries of app/db/orm.ts. The SQL in sql/migrations is the truth;
// test/db/schema.test.ts holds the two together.

import { bigint, boolean, integer, pgTable, primaryKey, text, varchar } from 'drizzle-orm/pg-core';
import { bigints, bytea, instant, jsonb } from './types.ts';

/** What an API key may be allowed to do; `admin` may do everything. */
export const scopes = ['issue', 'read', 'admin'] as const;

export const apiKeys = pgTable('api_keys', {
  id: text('id').primaryKey(),
  digest: bytea('digest').notNull(),
  name: text('name').notNull(),
  scopes: text('scopes', { enum: scopes }).array().notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  lastUsedAt: instant('last_used_at'),
  revokedAt: instant('revoked_at'),
});

export const sessions = pgTable('sessions', {
  id: bytea('id').primaryKey(),
  apiKeyId: text('api_key_id').notNull(),
  endsAt: instant('ends_at').notNull(),
});

export const tokens = pgTable('tokens', {
  id: text('id').primaryKey(),
  paths: text('paths').array().notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  expiresAt: instant('expires_at').notNull(),
  finishBy: instant('finish_by'),
  notBefore: instant('not_before'),
  maxCopies: integer('max_copies'),
  enforce: text('enforce', { enum: ['edge', 'strict'] })
    .notNull()
    .default('edge'),
  rate: integer('rate'),
  filename: text('filename'),
  address: text('address'),
  label: text('label').notNull().default(''),
  customer: text('customer').notNull().default(''),
  metadata: jsonb('metadata').$type<Record<string, unknown>>(),
  issuedBy: text('issued_by').notNull().default(''),
  revokedAt: instant('revoked_at'),
  revokeReason: text('revoke_reason'),
  form: text('form', { enum: ['query', 'path', 'cookie', 'page'] })
    .notNull()
    .default('query'),
  prefix: integer('prefix'),
});

export const idempotentAnswers = pgTable(
  'idempotent_answers',
  {
    caller: text('caller').notNull(),
    key: text('key').notNull(),
    request: bytea('request').notNull(),
    answer: bytea('answer').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.caller, t.key] })],
);

export const signers = pgTable(
  'signers',
  {
    instance: text('instance').notNull(),
    ring: text('ring').notNull(),
    keyId: text('key_id').notNull(),
    seenAt: instant('seen_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.instance, t.keyId] })],
);

export const bareLinks = pgTable('bare_links', {
  keyId: text('key_id').primaryKey(),
  endsAt: instant('ends_at').notNull(),
});

export const attempts = pgTable('attempts', {
  key: varchar('key', { length: 255 }).primaryKey(),
  points: integer('points').notNull().default(0),
  expire: bigint('expire', { mode: 'number' }),
});

export const codeBatches = pgTable('code_batches', {
  id: text('id').primaryKey(),
  createdAt: instant('created_at').notNull().defaultNow(),
  label: text('label').notNull(),
  title: text('title').notNull(),
  paths: text('paths').array().notNull(),
  sizes: bigints('sizes').notNull(),
  uses: integer('uses').notNull(),
  redeemUntil: instant('redeem_until'),
  startSeconds: integer('start_seconds').notNull(),
  holdSeconds: integer('hold_seconds').notNull(),
  artwork: bytea('artwork'),
  artworkType: text('artwork_type', { enum: ['image/jpeg', 'image/png'] }),
  issuedBy: text('issued_by').notNull().default(''),
  revokedAt: instant('revoked_at'),
  sealed: boolean('sealed').notNull().default(false),
});

export const codes = pgTable('codes', {
  digest: bytea('digest').primaryKey(),
  batchId: text('batch_id').notNull(),
  serial: integer('serial').notNull(),
  uses: integer('uses').notNull(),
  held: integer('held').notNull().default(0),
  spent: integer('spent').notNull().default(0),
  revokedAt: instant('revoked_at'),
  sealed: bytea('sealed'),
});

export const redemptions = pgTable('redemptions', {
  id: bytea('id').primaryKey(),
  codeDigest: bytea('code_digest').notNull(),
  state: text('state', { enum: ['held', 'spent', 'released'] })
    .notNull()
    .default('held'),
  createdAt: instant('created_at').notNull(),
  finishBy: instant('finish_by').notNull(),
  tokenId: text('token_id').notNull(),
});

export const strictAdmissions = pgTable(
  'strict_admissions',
  {
    tokenId: text('token_id').notNull(),
    path: text('path').notNull(),
    seq: bigint('seq', { mode: 'bigint' }).generatedAlwaysAsIdentity(),
    bytes: bigint('bytes', { mode: 'number' }),
    admittedAt: instant('admitted_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tokenId, t.path, t.seq] })],
);
