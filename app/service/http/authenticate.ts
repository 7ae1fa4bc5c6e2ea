// Bearer authentication with API keys and scopes. A key that was found is remembered for one second, so that a
// burst of requests costs one query; a revoked key is refused everywhere within that second.

import type { Context, MiddlewareHandler } from 'hono';
import { digest as digestOf } from '../../digest.ts';
import { type ApiKey, findApiKey, type Scope } from '../keys/api-keys.ts';
import { addressSubject } from '../limits/attempts.ts';
import { requestLimit } from '../limits/requests.ts';
import type { Deps, Env } from './context.ts';
import { Problem } from './problem.ts';

const rememberedMs = 1000;
const rememberedKeys = 1000;

export type Authenticator = (scope: Scope) => MiddlewareHandler<Env>;

/** Makes the middleware that lets a request pass only with a key that has `scope` (`admin` has them all). */
export function authenticator(deps: Deps): Authenticator {
  const known = new Map<string, { key: ApiKey; until: number }>();
  const countRequest = requestLimit(deps.sql, deps.config.service.requestsPerMinute);

  async function lookUp(secret: string, digest: string): Promise<ApiKey | undefined> {
    known.delete(digest);
    const key = await findApiKey(deps.sql, secret);
    if (!key) return undefined;
    if (known.size >= rememberedKeys) known.clear();
    known.set(digest, { key, until: deps.now() + rememberedMs });
    return key;
  }

  /** Finds the key in PostgreSQL, or refuses: an address that tries many has to wait. */
  async function find(c: Context<Env>, secret: string, digest: string): Promise<ApiKey> {
    const key = await lookUp(secret, digest);
    if (key) return key;
    const subject = ['key', addressSubject(deps.clientAddress(c))] as const;
    await deps.attempts.check([subject]);
    await deps.attempts.fail([subject]);
    throw unauthenticated('This API key is not valid.', 'invalid_token');
  }

  // Waits only where there is something to wait for: each promise on the way of every request is felt.
  return (scope) =>
    function authenticate(c, next) {
      const secret = bearer(c);
      // By digest: a table of secrets in memory would end up in a heap dump.
      const digest = digestOf('sha256', secret);
      const entry = known.get(digest);
      const admit = (key: ApiKey) => {
        if (!key.scopes.includes(scope) && !key.scopes.includes('admin')) {
          throw new Problem('forbidden', `This API key has not the scope "${scope}".`);
        }
        c.set('apiKey', key);
        return countRequest(key.id)?.then(next) ?? next();
      };
      return entry && entry.until > deps.now() ? admit(entry.key) : find(c, secret, digest).then(admit);
    };
}

function bearer(c: Context<Env>): string {
  const header = c.req.header('authorization');
  if (header === undefined) {
    throw unauthenticated('Send an API key in the header "Authorization: Bearer tg_...".');
  }
  const match = /^Bearer +([\x21-\x7e]+) *$/i.exec(header);
  if (!match?.[1])
    throw unauthenticated('The Authorization header is not "Bearer tg_...".', 'invalid_request');
  return match[1];
}

function unauthenticated(detail: string, error?: string): Problem {
  const challenge = `Bearer realm="tallygate"${error ? `, error="${error}"` : ''}`;
  return new Problem('unauthenticated', detail, { headers: { 'www-authenticate': challenge } });
}
