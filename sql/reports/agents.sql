-- User agents: which class each was put into, and by which rule. It answers why something was counted as a person, a
-- tool or a bot. Read from the transfers, as long as they are kept.
--
-- The inner query sums by origin first. There are few origins, and numbers are faster to compare than names.
--
-- `rule` is shown only where it explains the class. After the patterns change, an origin may have another class than
-- the transfers that were counted before. `tallygate reclassify` makes them agree again.
create or replace view report.agents as
select
    t.day, t.edge, o.agent, t.class, o.client, case when o.class = t.class then o.rule else '' end as rule,
    sum(t.downloads)::bigint as downloads, sum(t.requests)::bigint as requests, sum(t.bytes)::bigint as bytes,
    max(t.last_at) as last_at
from (
    select day, edge, class, origin_id, count(*) filter (where state & 1 = 1) as downloads,
        sum(requests) as requests, sum(sent) as bytes, max(last_at) as last_at
    from transfers
    group by day, edge, class, origin_id
) t
join origins o on o.id = t.origin_id
group by t.day, t.edge, o.agent, t.class, o.client, 6;

comment on view report.agents is
    'User agents per UTC day and edge, what each is taken for and by which rule. '
    'Filter by day; on Citus use agents_in.';

-- The same, summed over some days. On Citus a filter by `day` on the view does not reach the transfers: the workers
-- would read all days.
create or replace function report.agents_in(first_day date, last_day date)
returns table (
    agent text, class public.visitor_class, client text, rule text,
    downloads bigint, requests bigint, bytes bigint, last_at timestamptz
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select
        o.agent, t.class, o.client, case when o.class = t.class then o.rule else '' end,
        sum(t.downloads)::bigint, sum(t.requests)::bigint, sum(t.bytes)::bigint, max(t.last_at)
    from (
        select class, origin_id, count(*) filter (where state & 1 = 1) as downloads,
            sum(requests) as requests, sum(sent) as bytes, max(last_at) as last_at
        from transfers
        where day between first_day and last_day
        group by class, origin_id
    ) t
    join origins o on o.id = t.origin_id
    group by o.agent, t.class, o.client, 4;
end
$$;

comment on function report.agents_in is
    'User agents from one UTC day to another (both belong to it), what each is taken for and by which rule.';
