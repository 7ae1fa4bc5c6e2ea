-- The tallies themselves: one row per file, 15 minutes, edge and class.
create or replace view report.tallies as
select t.bucket, f.host, f.path, t.edge, t.class, t.requests, t.downloads, t.completed, t.copies, t.bytes
from tallies t
join files f on f.id = t.file_id;

comment on view report.tallies is 'Each file in buckets of 15 minutes, by edge and class.';

-- One file by hour of a time zone, from its buckets; by day, week, month or year from its UTC days, where what lies
-- between the zone's beginning of a period and UTC's is taken from one period and given to the other.
--
-- random_page_cost: a file's buckets are scattered over the table. With the default, which speaks of a spinning disk,
-- PostgreSQL would rather read the buckets of all files, which lie together, and throw away a thousand for one.
create or replace function report.history_in(
    zone text, unit text, first_day date, last_day date, of_host text, of_path text
)
returns table (
    period timestamptz, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint
)
language plpgsql stable set plan_cache_mode = force_custom_plan security definer set search_path = public, pg_temp set timezone = 'UTC' set jit = off
set random_page_cost = 1.1
as $$
#variable_conflict use_column
declare
    file bigint := (select id from files where host = of_host and path = of_path);
    after_last timestamp := last_day + 1;
begin
    if unit = 'hour' then
        return query
        select date_trunc(unit, t.bucket, zone), t.edge, t.class,
            sum(t.requests)::bigint, sum(t.downloads)::bigint, sum(t.completed)::bigint,
            sum(t.copies)::bigint, sum(t.bytes)::bigint
        from tallies t
        where t.file_id = file
          and t.bucket >= first_day::timestamp at time zone zone
          and t.bucket < after_last at time zone zone
        group by 1, t.edge, t.class;
        return;
    end if;
    return query
    with boundaries as (
        select distinct moment, moment at time zone zone as here, moment at time zone 'UTC' as utc
        from (
            select day as moment from generate_series(first_day::timestamp, after_last, '1 day') day
            where date_trunc(unit, day) = day or day in (first_day, after_last)
        ) m
    ), parts as (
        select day::timestamp as moment, 1 as sign, edge, class, requests, downloads, completed, copies, bytes
        from tally_days
        where file_id = file and day between first_day and last_day
        union all
        select case when (b.here < b.utc) = (sign > 0) then b.moment else b.moment - interval '1 day' end, sign,
            t.edge, t.class, t.requests, t.downloads, t.completed, t.copies, t.bytes
        from boundaries b
        join lateral (
            select * from tallies
            where file_id = file and bucket >= least(b.here, b.utc) and bucket < greatest(b.here, b.utc)
        ) t on true
        cross join (values (1), (-1)) s(sign)
    )
    select date_trunc(unit, p.moment) at time zone zone, p.edge, p.class,
        sum(sign * p.requests)::bigint, sum(sign * p.downloads)::bigint, sum(sign * p.completed)::bigint,
        sum(sign * p.copies)::bigint, sum(sign * p.bytes)::bigint
    from parts p
    where p.moment >= first_day and p.moment < after_last
    group by 1, p.edge, p.class
    having sum(sign * p.requests) <> 0;
end
$$;

comment on function report.history_in is
    'One file by hour, day, week, month or year (unit) of a time zone; both days belong to it.';
