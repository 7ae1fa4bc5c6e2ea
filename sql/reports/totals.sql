-- All files together, one row per 15 minutes, edge and class. Charts over time read it.
create or replace view report.totals as
select t.bucket, t.edge, t.class, t.requests, t.downloads,
    case when t.size_unknown = 0 or t.size_unknown < t.downloads then t.completed end as completed,
    case when t.size_unknown = 0 or t.size_unknown < t.downloads then t.copies end as copies,
    t.bytes, t.size_unknown
from tally_totals t;

comment on view report.totals is 'All files together in buckets of 15 minutes, by edge and class.';

-- The same, summed by hour, day, week, month or year of a time zone. `period` is the moment each begins.
create or replace function report.totals_in(zone text, unit text, first_day date, last_day date)
returns table (
    period timestamptz, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint, size_unknown bigint
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select date_trunc(unit, t.bucket, zone), t.edge, t.class,
        sum(t.requests)::bigint, sum(t.downloads)::bigint,
        case when sum(t.size_unknown) = 0 or sum(t.size_unknown) < sum(t.downloads)
            then sum(t.completed)::bigint end,
        case when sum(t.size_unknown) = 0 or sum(t.size_unknown) < sum(t.downloads)
            then sum(t.copies)::bigint end,
        sum(t.bytes)::bigint, sum(t.size_unknown)::bigint
    from tally_totals t
    where t.bucket >= first_day::timestamp at time zone zone
      and t.bucket < (last_day + 1)::timestamp at time zone zone
    group by 1, t.edge, t.class;
end
$$;

comment on function report.totals_in is
    'All files together by hour, day, week, month or year (unit) of a time zone; both days belong to it.';
