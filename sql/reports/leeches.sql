-- The visitors with the most requests in the last hours. A visitor is a hash that lasts one UTC day: somebody who stays
-- past midnight UTC is two rows.
create or replace function report.leeches(hours integer default 24, min_requests integer default 100)
returns table (
    visitor bigint, day date, class public.visitor_class, agent text, client text, country text, edge text,
    requests bigint, per_second double precision, span interval, first_at timestamptz, last_at timestamptz,
    files bigint, downloads bigint, bytes bigint
)
language plpgsql stable
as $$
#variable_conflict use_column
declare
    -- A constant, not an expression in the query: so PostgreSQL plans the partitions of these days only.
    first_day constant date := (now() - make_interval(hours => hours)) at time zone 'UTC';
begin
    return query
    with busy as (
        select t.visitor, t.day, min(t.origin_id) as origin_id,
            sum(t.requests)::bigint as requests, min(t.first_at) as first_at, max(t.last_at) as last_at,
            count(distinct t.file_id) as files, count(*) filter (where t.state & 1 = 1) as downloads,
            sum(t.sent)::bigint as bytes
        from transfers t
        where t.day >= first_day
          and t.last_at >= now() - make_interval(hours => hours)
        group by t.visitor, t.day
        having sum(t.requests) >= min_requests
    )
    select b.visitor, b.day, o.class, o.agent, o.client, o.country, o.edge, b.requests,
        b.requests / greatest(extract(epoch from b.last_at - b.first_at), 1)::double precision,
        b.last_at - b.first_at, b.first_at, b.last_at, b.files, b.downloads, b.bytes
    from busy b
    join origins o on o.id = b.origin_id;
end
$$;

comment on function report.leeches is
    'Visitors with at least min_requests requests in the last hours, with their rate, span and number of files.';
