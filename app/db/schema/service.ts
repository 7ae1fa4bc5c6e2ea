// The service's tables for typed queries. The SQL in sql/migrations is the truth; test/service/schema.test.ts
// holds the two together.

import { customType, integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const instant = (name: string) => timestamp(name, { withTimezone: true });

export const apiKeys = pgTable('api_keys', {
  id: text('id').primaryKey(),
  digest: bytea('digest').notNull(),
  name: text('name').notNull(),
  scopes: text('scopes').array().notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  lastUsedAt: instant('last_used_at'),
  revokedAt: instant('revoked_at'),
});

export const tokens = pgTable('tokens', {
  id: text('id').primaryKey(),
  paths: text('paths').array().notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  expiresAt: instant('expires_at').notNull(),
  finishBy: instant('finish_by'),
  notBefore: instant('not_before'),
  maxCopies: integer('max_copies'),
  enforce: text('enforce').notNull().default('edge'),
  rate: integer('rate'),
  filename: text('filename'),
  address: text('address'),
  label: text('label').notNull().default(''),
  customer: text('customer').notNull().default(''),
  metadata: jsonb('metadata'),
  issuedBy: text('issued_by').notNull().default(''),
  revokedAt: instant('revoked_at'),
  revokeReason: text('revoke_reason'),
});

export const idempotentAnswers = pgTable(
  'idempotent_answers',
  {
    apiKeyId: text('api_key_id').notNull(),
    key: text('key').notNull(),
    request: bytea('request').notNull(),
    body: text('body').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.apiKeyId, t.key] })],
);
