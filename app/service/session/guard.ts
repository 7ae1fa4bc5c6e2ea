// Who may see the private pages: programs with an API key in the header, and people with a session. Everybody else
// gets 401 and the form to sign in.

import type { MiddlewareHandler } from 'hono';
import type { Authenticator } from '../http/authenticate.ts';
import type { Deps, Env } from '../http/context.ts';
import { findApiKeyById } from '../keys/api-keys.ts';
import { loginPage } from '../pages/operator/login.tsx';
import type { Sessions } from './session.ts';

export function readersOnly(
  deps: Deps,
  sessions: Sessions,
  authenticate: Authenticator,
): MiddlewareHandler<Env> {
  const byKey = authenticate('read');
  return async (c, proceed) => {
    if (c.req.header('authorization') !== undefined) {
      c.set('stillAllowed', async () => (await findApiKeyById(deps.sql, c.get('apiKey').id)) !== undefined);
      return byKey(c, proceed);
    }
    const key = await sessions.find(c);
    if (!key) {
      const { pathname, search } = new URL(c.req.url);
      const next = c.req.method === 'GET' ? pathname + search : '/tallygate/reports';
      return c.html(loginPage({ next }), 401, { 'www-authenticate': 'Bearer realm="tallygate"' });
    }
    c.set('apiKey', key);
    c.set('stillAllowed', async () => (await sessions.find(c)) !== undefined);
    await proceed();
  };
}
