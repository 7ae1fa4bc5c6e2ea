-- What was downloaded with each token, without bots. It also lists tokens that this site never issued. Filter by
-- token_id where you can: the transfers of a token are found through an index.
create or replace view report.token_downloads as
select
    t.token_id,
    sum(t.requests)::bigint as requests,
    count(*) filter (where t.state & 1 = 1) as downloads,
    count(*) filter (where t.state & 2 = 2) as completed,
    sum(t.sent)::bigint as bytes,
    count(distinct t.visitor) as visitors,
    max(t.last_at) as last_at
from transfers t
where t.token_id <> '' and t.class <> 'bot'
group by t.token_id;

comment on view report.token_downloads is
    'What was downloaded with each token, as long as transfers are kept (without bots).';

-- Issued tokens with what was downloaded with each. What a limited token has spent is read from token_usage, which
-- outlives the transfers. Tokens are joined with the sums above and not with single transfers: Citus cannot plan the
-- latter, because tokens lie on the coordinator and transfers on the workers.
create or replace view report.tokens as
select
    k.id as token_id, k.label, k.customer, k.paths, k.created_at, k.expires_at, k.finish_by, k.revoked_at,
    k.max_copies,
    case when k.max_copies is not null
        then (select coalesce(sum(u.copies), 0)::bigint from token_usage u where u.token_id = k.id) end as spent,
    coalesce(d.requests, 0) as requests, coalesce(d.downloads, 0) as downloads,
    coalesce(d.completed, 0) as completed, coalesce(d.bytes, 0) as bytes, coalesce(d.visitors, 0) as visitors,
    d.last_at
from tokens k
left join report.token_downloads d on d.token_id = k.id;

comment on view report.tokens is 'Issued tokens, their limits, and what was downloaded with each (without bots).';

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
    'Tokens whose links at least min_visitors different visitors used on one UTC day of the last hours.';
