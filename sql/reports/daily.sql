-- One row per day, file, edge and class: the view counts days in UTC, the function in any time zone, which
-- 15-minute buckets make exact: every offset on earth today is a multiple of 15 minutes.
create schema if not exists report;

create or replace view report.daily as
select
    (t.bucket at time zone 'UTC')::date as day,
    f.host,
    f.path,
    t.edge,
    t.class,
    sum(t.requests)::bigint as requests,
    sum(t.downloads)::bigint as downloads,
    sum(t.completed)::bigint as completed,
    sum(t.copies)::bigint as copies,
    sum(t.bytes)::bigint as bytes
from tallies t
join files f on f.id = t.file_id
group by 1, f.id, f.host, f.path, t.edge, t.class;

-- With its owner's rights, as views have: the reader may not read the tables themselves.
create or replace function report.daily_in(zone text, first_day date, last_day date)
returns table (
    day date, host text, path text, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint
)
language sql stable security definer set search_path = public, pg_temp
as $$
    select
        (t.bucket at time zone zone)::date,
        f.host, f.path, t.edge, t.class,
        sum(t.requests)::bigint, sum(t.downloads)::bigint, sum(t.completed)::bigint,
        sum(t.copies)::bigint, sum(t.bytes)::bigint
    from tallies t
    join files f on f.id = t.file_id
    where t.bucket >= first_day::timestamp at time zone zone
      and t.bucket < (last_day + 1)::timestamp at time zone zone
    group by 1, f.id, f.host, f.path, t.edge, t.class
$$;
