// Bearer authentication with API keys and scopes. A key that was found is remembered for one second, so a burst of
// requests costs one query. A revoked key is refused everywhere within that second.

import type { Context, MiddlewareHandler } from 'hono';
import { digest as digestOf } from '../../digest.ts';
import { type ApiKey, findApiKey, hasScope, type Scope } from '../keys/api-keys.ts';
import { clientSubject } from '../limits/attempts.ts';
import { requestLimit } from '../limits/requests.ts';
import type { Deps, Env } from './context.ts';
import { Problem } from './problem.ts';

const rememberedMs = 1000;
const rememberedKeys = 1000;

/** Any one of the scopes is enough. */
export type Authenticator = (...scopes: Scope[]) => MiddlewareHandler<Env>;

/** Makes the middleware that lets a request pass only with a key that has one of the scopes (`admin` has every scope). */
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

  /** Finds the key in PostgreSQL, or refuses. A client address that tries many keys has to wait. */
  async function find(c: Context<Env>, secret: string, digest: string): Promise<ApiKey> {
    const key = await lookUp(secret, digest);
    if (key) return key;
    const subject = ['key', clientSubject(deps.clientAddress(c))] as const;
    await deps.attempts.check([subject]);
    await deps.attempts.fail([subject]);
    throw unauthenticated(
      'This API key is not valid. Make one with: tallygate api-keys create NAME',
      'invalid_token',
    );
  }

  // Returns a promise only when there is something to wait for: one more promise slows every request.
  return (...scopes) =>
    function authenticate(c, next) {
      const secret = bearer(c);
      // Keyed by digest: the secrets themselves would be in every heap dump.
      const digest = digestOf('sha256', secret);
      const entry = known.get(digest);
      const admit = (key: ApiKey) => {
        if (!scopes.some((scope) => hasScope(key, scope))) {
          throw new Problem(
            'forbidden',
            `This API key does not have the scope "${scopes.join('" or "')}". Use one that has it.`,
          );
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
    throw unauthenticated('The Authorization header must be "Bearer tg_...".', 'invalid_request');
  return match[1];
}

function unauthenticated(detail: string, error?: string): Problem {
  const challenge = `Bearer realm="tallygate"${error ? `, error="${error}"` : ''}`;
  return new Problem('unauthenticated', detail, { headers: { 'www-authenticate': challenge } });
}
