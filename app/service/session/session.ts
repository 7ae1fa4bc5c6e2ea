// Sessions of people who read the pages: a cookie with a random secret, and a row under its digest. A session ends when its
// person signs out, when its API key is revoked, and after twelve hours: every request looks, at every instance.

import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gt, isNull } from 'drizzle-orm';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { orm } from '../../db/orm.ts';
import { apiKeys, sessions as table } from '../../db/schema/service.ts';
import type { Deps, Env } from '../http/context.ts';
import { type ApiKey, findApiKey } from '../keys/api-keys.ts';

const cookie = 'tallygate_session';
const lastsSeconds = 12 * 3600;
const path = '/tallygate';

export type Sessions = {
  /** Starts a session for a key that may read; undefined if the secret is no such key. */
  start(c: Context<Env>, secret: string): Promise<ApiKey | undefined>;
  /** The key whose session this request belongs to. */
  find(c: Context<Env>): Promise<ApiKey | undefined>;
  /** Ends the session of this request: its cookie opens nothing more, whoever has it. */
  end(c: Context<Env>): Promise<void>;
};

export function sessions({ sql, origin, now }: Deps): Sessions {
  return {
    async start(c, apiKey) {
      const key = await findApiKey(sql, apiKey);
      if (!key || !mayRead(key)) return undefined;
      const secret = randomBytes(32).toString('base64url');
      const endsAt = new Date(now() + lastsSeconds * 1000);
      await orm(sql)
        .insert(table)
        .values({ id: idOf(secret), apiKeyId: key.id, endsAt });
      setCookie(c, cookie, secret, {
        path,
        httpOnly: true,
        secure: origin.startsWith('https:'),
        sameSite: 'Lax',
        maxAge: lastsSeconds,
      });
      return key;
    },
    async find(c) {
      const secret = secretOf(c);
      if (secret === undefined) return undefined;
      const [key] = await orm(sql)
        .select({ id: apiKeys.id, name: apiKeys.name, scopes: apiKeys.scopes })
        .from(table)
        .innerJoin(apiKeys, eq(apiKeys.id, table.apiKeyId))
        .where(and(eq(table.id, idOf(secret)), gt(table.endsAt, new Date(now())), isNull(apiKeys.revokedAt)));
      return key && mayRead(key) ? key : undefined;
    },
    async end(c) {
      const secret = secretOf(c);
      if (secret !== undefined)
        await orm(sql)
          .delete(table)
          .where(eq(table.id, idOf(secret)));
      deleteCookie(c, cookie, { path });
    },
  };
}

function secretOf(c: Context<Env>): string | undefined {
  const value = getCookie(c, cookie);
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined;
}

/** The id under which a session is stored: the secret itself is not. */
function idOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function mayRead(key: ApiKey): boolean {
  return key.scopes.includes('read') || key.scopes.includes('admin');
}

/** Whether a key may block visitors and revoke codes: a key that may issue links may also refuse them. */
export function mayDeny(key: ApiKey): boolean {
  return key.scopes.includes('issue') || key.scopes.includes('admin');
}
