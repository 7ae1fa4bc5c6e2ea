// What every private page is given, and the frame of these pages. Pages are functions of a view. The service makes a
// view for each request; the static export makes one in which pages are files.

import type { Child } from 'hono/jsx';
import type { Config } from '../../../config/load.ts';
import type { Sql } from '../../../db/connection.ts';
import { formatTime } from '../../../reports/format.ts';
import { page } from '../layout.tsx';

const places = {
  overview: 'Overview',
  months: 'Months',
  files: 'Files',
  tokens: 'Tokens',
  codes: 'Codes',
  leeches: 'Leeches',
  agents: 'User agents',
  sources: 'Sources',
  keys: 'Keys',
  live: 'Live',
} as const;

export type Place =
  | keyof typeof places
  | 'file'
  | 'folders'
  | 'releases'
  | 'logout'
  | 'block'
  | 'unblock'
  | 'revoke'
  | 'print'
  | 'csv'
  /** The live view's server-sent events. */
  | 'events';
export type Query = Readonly<Record<string, string | number | undefined>>;

export type View = {
  sql: Sql;
  now: Date;
  zone: string;
  /** [[reports.releases]] */
  releases: Config['reports']['releases'];
  /** The URL of a page; undefined if there is none, as in a static export. */
  href(place: Place, query?: Query): string | undefined;
  /** What the reader may do: block and revoke; choose the time zone. */
  may: { deny: boolean; choose: boolean };
  /** The name of the API key of this session; none in an export. */
  reader?: string | undefined;
  assets?: { style: string; icon: string } | undefined;
};

const ofFiles: ReadonlySet<Place> = new Set<Place>(['file', 'folders', 'releases']);

type FrameProps = { view: View; place: Place; title: string; head?: Child; children?: Child };

/** A private page in its frame. */
export function operatorPage({ view, place, title, head, children }: FrameProps) {
  return page({
    title,
    head,
    home: view.href('overview'),
    nav: <Nav view={view} place={place} />,
    children: (
      <>
        {children}
        <Footer view={view} />
      </>
    ),
    ...(view.assets && { assets: view.assets }),
  });
}

function Nav({ view, place }: { view: View; place: Place }) {
  const logout = view.href('logout');
  return (
    <>
      <nav aria-label="Reports">
        {Object.entries(places).map(([name, title]) => {
          const url = view.href(name as Place);
          const here = name === place || (name === 'files' && ofFiles.has(place));
          return (
            url && (
              <a href={url} aria-current={here ? 'page' : undefined}>
                {title}
              </a>
            )
          );
        })}
      </nav>
      {logout && (
        <form method="post" action={logout}>
          <button class="quiet" type="submit" title={`Signed in with the key “${view.reader}”`}>
            Sign out
          </button>
        </form>
      )}
    </>
  );
}

/** Says when the page was made, and lets the reader choose the time zone. An export has no choice of it. */
function Footer({ view }: { view: View }) {
  const action = view.href('overview');
  const made = formatTime(view.now.toISOString(), view.zone);
  return (
    <footer class="foot">
      <p data-part="made">
        Made at <time datetime={view.now.toISOString()}>{made}</time>, {view.zone}.
      </p>
      {view.may.choose && (
        <form method="get" action={action} class="inline no-print">
          <label for="zone">Time zone</label>
          <input id="zone" name="zone" value={view.zone} placeholder="Europe/Berlin" spellcheck={false} />
          <button class="quiet" type="submit">
            Set
          </button>
        </form>
      )}
    </footer>
  );
}

/** A link if the view has a URL for it, else the text alone. */
export function Link({
  to,
  children,
  ...rest
}: {
  to: string | undefined;
  class?: string;
  children?: Child;
}) {
  if (to === undefined) return <>{children}</>;
  return (
    <a href={to} {...rest}>
      {children}
    </a>
  );
}

type Choice = { title: string; to: string | undefined; chosen: boolean };

/** A row of choices, each a link. Nothing if there are fewer than two. */
export function Choices({ label, choices }: { label: string; choices: readonly Choice[] }) {
  const open = choices.filter(({ to }) => to !== undefined);
  if (open.length < 2) return null;
  return (
    <nav aria-label={label}>
      <ul class="choices">
        {open.map(({ title, to, chosen }) => (
          <li>
            <a href={to} aria-current={chosen ? 'true' : undefined}>
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Two fields of a form: the first and the last day. */
export function DayFields({ first, last }: { first?: string | undefined; last?: string | undefined }) {
  return (
    <>
      <div>
        <label for="first">First day</label>
        <input type="date" id="first" name="first" value={first} />
      </div>
      <div>
        <label for="last">Last day</label>
        <input type="date" id="last" name="last" value={last} />
      </div>
    </>
  );
}

/** What to show where there is nothing yet. */
export function Empty({ children }: { children?: Child }) {
  return (
    <div class="empty">
      <p>{children}</p>
    </div>
  );
}

/** Figures that stand alone: a term and its value each. */
export function Figures({
  figures,
}: {
  figures: readonly { title: string; value: string; more?: string }[];
}) {
  return (
    <dl class="figures">
      {figures.map(({ title, value, more }) => (
        <div>
          <dt>{title}</dt>
          <dd>
            {value}
            {more && <small>{more}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
