-- One row per UTC month, file, edge and class. For months of another time zone there is report.monthly_in.
create or replace view report.monthly as
select m.month, f.host, f.path, m.edge, m.class, m.requests, m.downloads, m.completed, m.copies, m.bytes
from tally_months m
join files f on f.id = m.file_id;

comment on view report.monthly is
    'What was downloaded of each file in each UTC month, by edge and class; report.monthly_in has other zones.';

-- Each month is a period of its own for counts_between, which takes it from the months and corrects its two
-- ends by a few hours of buckets.
create or replace function report.monthly_in(zone text, first_month date, last_month date)
returns table (
    month date, host text, path text, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint
)
language sql stable security definer set search_path = public, pg_temp
as $$
    select m.first_day::date, c.host, c.path, c.edge, c.class,
        c.requests, c.downloads, c.completed, c.copies, c.bytes
    from generate_series(
        date_trunc('month', first_month::timestamp), date_trunc('month', last_month::timestamp), '1 month'
    ) as m(first_day)
    cross join lateral report.counts_between(
        m.first_day at time zone zone, (m.first_day + interval '1 month') at time zone zone
    ) c
$$;

comment on function report.monthly_in is
    'report.monthly with the months of a time zone; any day of the first and of the last month names it.';
