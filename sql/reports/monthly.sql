-- One row per UTC month, file, edge and class. report.monthly_in does the same for the months of another time zone.
create or replace view report.monthly as
select m.month, f.host, f.path, m.edge, m.class, m.requests, m.downloads,
    case when m.size_unknown = 0 or m.size_unknown < m.downloads then m.completed end as completed,
    case when m.size_unknown = 0 or m.size_unknown < m.downloads then m.copies end as copies,
    m.bytes, m.size_unknown
from tally_months m
join files f on f.id = m.file_id;

comment on view report.monthly is
    'What was downloaded of each file in each UTC month, by edge and class; report.monthly_in has other zones.';

-- A month of a time zone is the UTC month but for a few hours at each end. What lies between the two beginnings of a
-- month is taken from one month and given to the other. This function says where the beginnings are.
create or replace function report.month_beginnings(zone text, first_month date, last_month date)
returns table (begins date, before date, here timestamptz, utc timestamptz)
language sql stable
as $$
    select first_day::date, (first_day - interval '1 month')::date,
        first_day at time zone zone, first_day at time zone 'UTC'
    from generate_series(
        date_trunc('month', first_month::timestamp),
        date_trunc('month', last_month::timestamp) + interval '1 month', '1 month'
    ) first_day
$$;

comment on function report.month_beginnings is
    'When each month, and the one after the last, begins in a time zone and in UTC; with the month before it.';

-- Some files, or all of them, by month of a time zone. No parallel workers: see counts_between.sql.
create or replace function report.monthly_of(
    zone text, first_month date, last_month date, of_hosts text[], of_paths text[]
)
returns table (
    month date, host text, path text, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint, size_unknown bigint
)
language plpgsql stable
set timezone = 'UTC'
set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_column
declare
    -- null: all files
    wanted bigint[] := case when of_paths is not null then array(
        select f.id from files f
        join unnest(of_hosts, of_paths) as o(host, path) on o.host = f.host and o.path = f.path
    ) end;
begin
    return query
    with beginnings as (
        select * from report.month_beginnings(zone, first_month, last_month)
    ), parts as (
        select month, 1 as sign, file_id, edge, class, requests, downloads, completed, copies, bytes, size_unknown
        from tally_months
        where month >= date_trunc('month', first_month) and month <= last_month
          and (wanted is null or file_id = any(wanted))
        union all
        select case when (b.here < b.utc) = (sign > 0) then b.begins else b.before end, sign,
            t.file_id, t.edge, t.class, t.requests, t.downloads, t.completed, t.copies, t.bytes,
            t.size_unknown
        from beginnings b
        join lateral (
            select * from tallies
            where bucket >= least(b.here, b.utc) and bucket < greatest(b.here, b.utc)
              and (wanted is null or file_id = any(wanted))
        ) t on true
        cross join (values (1), (-1)) s(sign)
    ), summed as (
        select p.month, p.file_id, p.edge, p.class,
            sum(sign * p.requests)::bigint as requests, sum(sign * p.downloads)::bigint as downloads,
            sum(sign * p.completed)::bigint as completed, sum(sign * p.copies)::bigint as copies,
            sum(sign * p.bytes)::bigint as bytes, sum(sign * p.size_unknown)::bigint as size_unknown
        from parts p
        where p.month >= date_trunc('month', first_month) and p.month <= last_month
        group by p.month, p.file_id, p.edge, p.class
        having sum(sign * p.requests) <> 0
    )
    select s.month, f.host, f.path, s.edge, s.class, s.requests, s.downloads,
        case when s.size_unknown = 0 or s.size_unknown < s.downloads then s.completed end,
        case when s.size_unknown = 0 or s.size_unknown < s.downloads then s.copies end,
        s.bytes, s.size_unknown
    from summed s join files f on f.id = s.file_id;
end
$$;

comment on function report.monthly_of is
    'report.monthly_in for some files alone, each with its host: much less work than all of them.';

create or replace function report.monthly_in(zone text, first_month date, last_month date)
returns table (
    month date, host text, path text, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint, size_unknown bigint
)
language sql stable
as $$
    select * from report.monthly_of(zone, first_month, last_month, null, null)
$$;

comment on function report.monthly_in is
    'report.monthly with the months of a time zone; any day of the first and of the last month names it.';

-- All files together by month of a time zone. It sums a row per file and month, not one per quarter of an hour.
create or replace function report.monthly_totals_in(zone text, first_month date, last_month date)
returns table (
    month date, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint, size_unknown bigint
)
language plpgsql stable
set timezone = 'UTC'
set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_column
begin
    return query
    with beginnings as (
        select * from report.month_beginnings(zone, first_month, last_month)
    ), parts as (
        select month, 1 as sign, edge, class, requests, downloads, completed, copies, bytes, size_unknown
        from tally_months
        where month >= date_trunc('month', first_month) and month <= last_month
        union all
        select case when (b.here < b.utc) = (sign > 0) then b.begins else b.before end, sign,
            t.edge, t.class, t.requests, t.downloads, t.completed, t.copies, t.bytes,
            t.size_unknown
        from beginnings b
        join lateral (
            select * from tally_totals where bucket >= least(b.here, b.utc) and bucket < greatest(b.here, b.utc)
        ) t on true
        cross join (values (1), (-1)) s(sign)
    )
    select p.month, p.edge, p.class,
        sum(sign * p.requests)::bigint, sum(sign * p.downloads)::bigint,
        case when sum(sign * p.size_unknown) = 0 or sum(sign * p.size_unknown) < sum(sign * p.downloads)
            then sum(sign * p.completed)::bigint end,
        case when sum(sign * p.size_unknown) = 0 or sum(sign * p.size_unknown) < sum(sign * p.downloads)
            then sum(sign * p.copies)::bigint end,
        sum(sign * p.bytes)::bigint, sum(sign * p.size_unknown)::bigint
    from parts p
    where p.month >= date_trunc('month', first_month) and p.month <= last_month
    group by p.month, p.edge, p.class
    having sum(sign * p.requests) <> 0;
end
$$;

comment on function report.monthly_totals_in is
    'All files together, by month of a time zone: what report.monthly_in adds up to.';
