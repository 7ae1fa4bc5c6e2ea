// Signing in with an API key.

import { page } from '../layout.tsx';

/**
 * @param next where to go afterwards: a path of ours
 * @param refused why the last try was refused, in a sentence
 */
export function loginPage({ next, refused }: { next: string; refused?: string }) {
  return page({
    title: 'Sign in',
    width: 'narrow',
    children: (
      <>
        <h1>Sign in</h1>
        <p class="lede">
          These pages are for the people who run this site. Sign in with an API key that may read.
        </p>
        {refused && (
          <p class="notice bad" role="alert">
            {refused}
          </p>
        )}
        <form class="card" method="post" action="/tallygate/login">
          <div class="field">
            <label for="key">API key</label>
            <input
              type="password"
              id="key"
              name="key"
              required
              autocomplete="current-password"
              placeholder="tg_…"
              autofocus
            />
          </div>
          <input type="hidden" name="next" value={next} />
          <button type="submit">Sign in</button>
        </form>
        <p class="hint">
          <code>tallygate api-keys create NAME --scopes read</code> makes a key. A session ends after 12
          hours, and when its key is revoked.
        </p>
      </>
    ),
  });
}
