// Sessions of people who look at the pages. A session is a signed cookie with the id of an API key and the time it
// ends. The key's secret is not in it. The key is looked up on each request, so revoking it ends its sessions at once.
// The secret that signs is in the database, so every instance of the service knows the sessions of the others.

import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import type { Deps, Env } from '../http/context.ts';
import { type ApiKey, findApiKey, findApiKeyById } from '../keys/api-keys.ts';

const cookie = 'tallygate_session';
const lastsSeconds = 12 * 3600;
const path = '/tallygate';

export type Sessions = {
  /** Starts a session for a key that may read. Undefined if the secret belongs to no such key. */
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
      const key = await findApiKey(deps.db, apiKey);
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
      const key = await findApiKeyById(deps.db, match[1] as string);
      return key && mayRead(key) ? key : undefined;
    },
    end: (c) => void deleteCookie(c, cookie, { path }),
  };
}

export function mayRead(key: ApiKey): boolean {
  return key.scopes.includes('read') || key.scopes.includes('admin');
}

/** Whether a key may block visitors and revoke codes: a key that may issue links may also refuse them. */
export function mayDeny(key: ApiKey): boolean {
  return key.scopes.includes('issue') || key.scopes.includes('admin');
}

// The first instance makes the secret. The second read is for an instance that was not the first.
async function readSecret({ sql }: Deps): Promise<string> {
  const made = randomBytes(32).toString('base64url');
  await sql`
    insert into settings (name, value) values ('session_secret', to_jsonb(${made}::text)) on conflict do nothing`;
  const [row] = await sql<{ secret: string }[]>`
    select value #>> '{}' as secret from settings where name = 'session_secret'`;
  return (row as { secret: string }).secret;
}
