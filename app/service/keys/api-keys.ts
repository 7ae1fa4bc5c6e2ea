// API keys: 256 random bits, shown once, stored as a SHA-256 digest. A plain digest is enough for a random secret:
// no dictionary holds it, and a request is checked in microseconds.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from '../../db/connection.ts';
import { apiKeys } from '../../db/schema/service.ts';

export const scopes = ['issue', 'read', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export type ApiKey = { id: string; name: string; scopes: readonly Scope[] };
export type ListedKey = ApiKey & { createdAt: Date; lastUsedAt: Date | null; revokedAt: Date | null };

const form = /^tg_[A-Za-z0-9_-]{43}$/;

/** Makes a key. Only this answer has its secret. */
export async function createApiKey(
  db: Database,
  name: string,
  granted: readonly Scope[],
): Promise<{ id: string; secret: string }> {
  const secret = `tg_${randomBytes(32).toString('base64url')}`;
  const digest = sha256(secret);
  const id = idOf(digest);
  await db.insert(apiKeys).values({ id, digest, name, scopes: [...granted] });
  return { id, secret };
}

/**
 * The key that has this secret, if there is one and it is valid. It is found by 48 bits of its digest. Then all 256 are
 * compared in constant time, so timing does not tell how much of a guess was right.
 */
export async function findApiKey(db: Database, secret: string): Promise<ApiKey | undefined> {
  if (!form.test(secret)) return undefined;
  const digest = sha256(secret);
  const [row] = await db
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.id, idOf(digest)));
  if (!row || !timingSafeEqual(row.digest, digest) || row.revokedAt !== null) return undefined;
  await touch(db, row);
  return { id: row.id, name: row.name, scopes: row.scopes as Scope[] };
}

/** The key with this id, if it is valid. For a session that began with it. */
export async function findApiKeyById(db: Database, id: string): Promise<ApiKey | undefined> {
  const [row] = await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)));
  return row && { id: row.id, name: row.name, scopes: row.scopes as Scope[] };
}

// Notes the use of a key, at most once a minute, so that not every read is a write.
async function touch(db: Database, row: typeof apiKeys.$inferSelect): Promise<void> {
  const stale = row.lastUsedAt === null || Date.now() - row.lastUsedAt.getTime() > 60_000;
  if (!stale) return;
  await db.update(apiKeys).set({ lastUsedAt: sql`now()` }).where(eq(apiKeys.id, row.id));
}

/** Every key ever made, oldest first. */
export async function listApiKeys(db: Database): Promise<ListedKey[]> {
  const rows = await db.select().from(apiKeys).orderBy(asc(apiKeys.createdAt));
  return rows.map(({ digest: _, ...row }) => ({ ...row, scopes: row.scopes as Scope[] }));
}

/** Revokes the key with this id. False where there is none, or it is revoked already. */
export async function revokeApiKey(db: Database, id: string): Promise<boolean> {
  const rows = await db
    .update(apiKeys)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  return rows.length === 1;
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function idOf(digest: Buffer): string {
  return digest.subarray(0, 6).toString('hex');
}
