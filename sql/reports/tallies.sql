-- The tallies themselves: one row per file, 15 minutes, edge and class.
create or replace view report.tallies as
select t.bucket, f.host, f.path, t.edge, t.class, t.requests, t.downloads, t.completed, t.copies, t.bytes
from tallies t
join files f on f.id = t.file_id;

comment on view report.tallies is 'Each file in buckets of 15 minutes, by edge and class.';

-- One file by hour, day or month of a time zone.
create or replace function report.history_in(
    zone text, unit text, first_day date, last_day date, of_host text, of_path text
)
returns table (
    period timestamptz, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint
)
language sql stable security definer set search_path = public, pg_temp
as $$
    select date_trunc(unit, t.bucket, zone), t.edge, t.class,
        sum(t.requests)::bigint, sum(t.downloads)::bigint, sum(t.completed)::bigint,
        sum(t.copies)::bigint, sum(t.bytes)::bigint
    from tallies t
    where t.file_id = (select id from files where host = of_host and path = of_path)
      and t.bucket >= first_day::timestamp at time zone zone
      and t.bucket < (last_day + 1)::timestamp at time zone zone
    group by 1, t.edge, t.class
$$;

comment on function report.history_in is
    'One file by hour, day, week, month or year (unit) of a time zone; both days belong to it.';
