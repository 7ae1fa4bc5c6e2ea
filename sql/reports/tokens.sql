-- What was downloaded with each token, by every class: whoever uses a token was given it. Lists tokens that this site
-- never issued, too. Filter by token_id where you can: it goes into both halves, and each finds it through an index.
--
-- The transfers tell who came and how often; they are dropped after retention_days. token_usage joins the ranges of all
-- visitors and days and stays, but knows only tokens that were issued here. So each number is taken from where there is
-- more of it, and copies from token_usage, because those are what a limit is charged with. A file that several visitors
-- fetched together is completed, though none of their transfers is. And two transfers of 96 % each are one copy: then
-- one is completed, for there are never more of those than copies.
create or replace view report.token_downloads as
select
    token_id,
    max(requests)::bigint as requests,
    greatest(max(downloads), max(completed))::bigint as downloads,
    least(coalesce(max(used_copies), max(copies)), max(completed))::bigint as completed,
    coalesce(max(used_copies), max(copies))::bigint as copies,
    max(bytes)::bigint as bytes,
    max(visitors)::bigint as visitors,
    max(last_at) as last_at,
    -- what a limit is charged with: the first whole copy of a file that bots fetched spends nothing
    max(charged)::bigint as charged
from (
    select t.token_id,
        sum(t.requests) as requests,
        count(*) filter (where t.state & 1 = 1) as downloads,
        count(*) filter (where t.state & 2 = 2) as completed,
        coalesce(sum(greatest(1, t.sent / t.size)) filter (where t.state & 2 = 2), 0) as copies,
        null::numeric as used_copies,
        sum(t.sent) as bytes,
        count(distinct t.visitor) as visitors,
        max(t.last_at) as last_at,
        null::numeric as charged
    from transfers t
    where t.token_id <> ''
    group by t.token_id
    union all
    select token_id, sum(requests), 0, sum(completed), 0, sum(copies), sum(sent), 0, max(last_at),
        sum(copies - case when copies > 0 and bot_sent >= size then 1 else 0 end)
    from (
        select u.token_id, sum(u.requests) as requests, count(*) filter (where u.copies > 0) as completed,
            sum(u.copies) as copies, sum(u.sent) as sent, sum(u.bot_sent) as bot_sent, max(u.size) as size,
            max(u.last_at) as last_at
        from token_usage u
        group by u.token_id, u.file_id
    ) per_file
    group by token_id
) counted
group by token_id;

comment on view report.token_downloads is
    'What was downloaded with each token, by persons, tools and bots together.';

-- Issued tokens with what was downloaded with each. Tokens are joined with the sums above and not with single
-- transfers: Citus cannot plan the latter, because tokens lie on the coordinator and transfers on the workers.
create or replace view report.tokens as
select
    k.id as token_id, k.label, k.customer, k.paths, k.created_at, k.expires_at, k.finish_by, k.revoked_at,
    k.max_copies,
    case when k.max_copies is not null then coalesce(d.charged, 0) end as spent,
    s.spent_by, s.starts_at as ends_at,
    coalesce(d.requests, 0) as requests, coalesce(d.downloads, 0) as downloads,
    coalesce(d.completed, 0) as completed, coalesce(d.copies, 0) as copies,
    coalesce(d.bytes, 0) as bytes, coalesce(d.visitors, 0) as visitors,
    d.last_at
from tokens k
left join denials s on s.kind = 't' and s.subject = k.id and s.spent_by is not null
left join report.token_downloads d on d.token_id = k.id;

comment on view report.tokens is
    'Issued tokens, their limits, and what was downloaded with each, by persons, tools and bots together.';

-- Tokens with many visitors: such a link was passed on or published. Visitors can be told apart within one day only,
-- so the figure is that of the busiest day.
create or replace function report.unusual_tokens(hours integer default 168, min_visitors integer default 5)
returns table (
    token_id text, label text, customer text, day date, visitors bigint, countries bigint,
    downloads bigint, completed bigint, bytes bigint, last_at timestamptz
)
language plpgsql stable
as $$
#variable_conflict use_column
declare
    -- A constant, not an expression in the query: so PostgreSQL plans the partitions of these days only.
    first_day constant date := (now() - make_interval(hours => hours)) at time zone 'UTC';
begin
    return query
    select distinct on (t.token_id) t.token_id, coalesce(k.label, ''), coalesce(k.customer, ''), t.day,
        count(distinct t.visitor), count(distinct nullif(o.country, '')),
        count(*) filter (where t.state & 1 = 1), count(*) filter (where t.state & 2 = 2),
        sum(t.sent)::bigint, max(t.last_at)
    from transfers t
    join origins o on o.id = t.origin_id
    left join tokens k on k.id = t.token_id
    where t.token_id <> '' and t.class <> 'bot'
      and t.day >= first_day
    group by t.token_id, t.day, k.label, k.customer
    having count(distinct t.visitor) >= min_visitors
    order by t.token_id, count(distinct t.visitor) desc, t.day desc;
end
$$;

comment on function report.unusual_tokens is
    'Tokens whose links at least min_visitors different visitors used on one UTC day of the last hours (without bots).';
