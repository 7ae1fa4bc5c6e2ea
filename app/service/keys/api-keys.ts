// API keys: 256 random bits, shown once, stored as their SHA-256 digest. A plain digest is enough for a random secret:
// no dictionary helps to guess it, and checking a request takes microseconds.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { and, asc, eq, sql as expression, isNull } from 'drizzle-orm';
import type { Sql } from '../../db/connection.ts';
import { orm } from '../../db/orm.ts';
import { apiKeys, type scopes } from '../../db/schema/service.ts';

export type Scope = (typeof scopes)[number];

type Row = typeof apiKeys.$inferSelect;
export type ApiKey = Pick<Row, 'id' | 'name' | 'scopes'>;
export type ListedKey = Omit<Row, 'digest'>;

/** Whether the key may do what `scope` says; `admin` may do everything. */
export const hasScope = (key: ApiKey, scope: Scope) =>
  key.scopes.includes(scope) || key.scopes.includes('admin');

/** Whether the key may see what `issuedBy` issued: with the scope `read` all, with `issue` alone what is its own. */
export const maySee = (key: ApiKey, issuedBy: string) => hasScope(key, 'read') || issuedBy === key.id;

const form = /^tg_[A-Za-z0-9_-]{43}$/;

/** Makes a key. The secret is in this answer and nowhere else. */
export async function createApiKey(
  sql: Sql,
  name: string,
  granted: readonly Scope[],
): Promise<{ id: string; secret: string }> {
  const secret = `tg_${randomBytes(32).toString('base64url')}`;
  const digest = sha256(secret);
  const id = idOf(digest);
  await orm(sql)
    .insert(apiKeys)
    .values({ id, digest, name, scopes: [...granted] });
  return { id, secret };
}

/**
 * The key with this secret, if there is one and it is valid. It is found by 48 bits of the digest, and all 256 are then
 * compared in constant time: the time it takes does not tell how much of a guess was right.
 */
export async function findApiKey(sql: Sql, secret: string): Promise<ApiKey | undefined> {
  if (!form.test(secret)) return undefined;
  const digest = sha256(secret);
  const [row] = await orm(sql)
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.id, idOf(digest)));
  if (!row || !timingSafeEqual(row.digest, digest) || row.revokedAt !== null) return undefined;
  await touch(sql, row);
  return { id: row.id, name: row.name, scopes: row.scopes };
}

/** The key with this id, if it is still valid: for a session that began with it. */
export async function findApiKeyById(sql: Sql, id: string): Promise<ApiKey | undefined> {
  const [row] = await orm(sql)
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)));
  return row && { id: row.id, name: row.name, scopes: row.scopes };
}

// Notes that a key was used, once a minute at most: not every read should also write.
async function touch(sql: Sql, row: Row): Promise<void> {
  const stale = row.lastUsedAt === null || Date.now() - row.lastUsedAt.getTime() > 60_000;
  if (!stale) return;
  await orm(sql).update(apiKeys).set({ lastUsedAt: expression`now()` }).where(eq(apiKeys.id, row.id));
}

/** Every key ever made, oldest first. */
export async function listApiKeys(sql: Sql): Promise<ListedKey[]> {
  const rows = await orm(sql).select().from(apiKeys).orderBy(asc(apiKeys.createdAt));
  return rows.map(({ digest: _, ...row }) => row);
}

/** Revokes the key with this id; false if there is none, or if it was revoked before. */
export async function revokeApiKey(sql: Sql, id: string): Promise<boolean> {
  const rows = await orm(sql)
    .update(apiKeys)
    .set({ revokedAt: expression`now()` })
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  return rows.length === 1;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function idOf(digest: Buffer): string {
  return digest.subarray(0, 6).toString('hex');
}
