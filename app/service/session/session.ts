// Sessions of people who read the pages: a signed cookie with the id of an API key and the time it ends. The key itself is
// not in it. The id is looked up on each request, so that a revoked key ends its sessions at once. The secret that
// signs is in the database, so that every instance of the service accepts the sessions of the others.

import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Context } from 'hono';
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import { orm } from '../../db/orm.ts';
import { settings } from '../../db/schema/counting.ts';
import type { Deps, Env } from '../http/context.ts';
import { type ApiKey, findApiKey, findApiKeyById } from '../keys/api-keys.ts';

const cookie = 'tallygate_session';
const lastsSeconds = 12 * 3600;
const path = '/tallygate';

export type Sessions = {
  /** Starts a session for a key that may read; undefined if the secret is no such key. */
  start(c: Context<Env>, secret: string): Promise<ApiKey | undefined>;
  /** The key whose session this request belongs to. */
  find(c: Context<Env>): Promise<ApiKey | undefined>;
  end(c: Context<Env>): void;
};

export function sessions(deps: Deps): Sessions {
  let secret: Promise<string> | undefined;
  const signingSecret = () => {
    secret ??= readSecret(deps).catch((error: unknown) => {
      secret = undefined;
      throw error;
    });
    return secret;
  };
  return {
    async start(c, apiKey) {
      const key = await findApiKey(deps.sql, apiKey);
      if (!key || !mayRead(key)) return undefined;
      const until = Math.floor(deps.now() / 1000) + lastsSeconds;
      await setSignedCookie(c, cookie, `${key.id}.${until}`, await signingSecret(), {
        path,
        httpOnly: true,
        secure: deps.origin.startsWith('https:'),
        sameSite: 'Lax',
        maxAge: lastsSeconds,
      });
      return key;
    },
    async find(c) {
      const value = await getSignedCookie(c, await signingSecret(), cookie);
      const match = /^([0-9a-f]{12})\.(\d{1,12})$/.exec(value || '');
      if (!match || Number(match[2]) * 1000 < deps.now()) return undefined;
      const key = await findApiKeyById(deps.sql, match[1] as string);
      return key && mayRead(key) ? key : undefined;
    },
    end: (c) => void deleteCookie(c, cookie, { path }),
  };
}

function mayRead(key: ApiKey): boolean {
  return key.scopes.includes('read') || key.scopes.includes('admin');
}

/** Whether a key may block visitors and revoke codes: a key that may issue links may also refuse them. */
export function mayDeny(key: ApiKey): boolean {
  return key.scopes.includes('issue') || key.scopes.includes('admin');
}

// The first instance to come makes it; all read what is there then.
async function readSecret({ sql }: Deps): Promise<string> {
  const name = 'session_secret';
  const made = randomBytes(32).toString('base64url');
  await orm(sql).insert(settings).values({ name, value: made }).onConflictDoNothing();
  const [row] = await orm(sql).select().from(settings).where(eq(settings.name, name));
  return row?.value as string;
}
