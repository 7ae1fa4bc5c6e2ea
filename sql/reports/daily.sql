-- One row per UTC day, file, edge and class. report.daily_in does the same for the days of another time zone.
create or replace view report.daily as
select d.day, f.host, f.path, d.edge, d.class, d.requests, d.downloads,
    case when d.size_unknown = 0 or d.size_unknown < d.downloads then d.completed end as completed,
    case when d.size_unknown = 0 or d.size_unknown < d.downloads then d.copies end as copies,
    d.bytes, d.size_unknown
from tally_days d
join files f on f.id = d.file_id;

comment on view report.daily is
    'What was downloaded of each file on each UTC day, by edge and class; report.daily_in has other time zones.';

-- Exact in any time zone: today every offset on earth is a multiple of 15 minutes, the length of a bucket.
create or replace function report.daily_in(zone text, first_day date, last_day date)
returns table (
    day date, host text, path text, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint, size_unknown bigint
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select
        (t.bucket at time zone zone)::date,
        f.host, f.path, t.edge, t.class,
        sum(t.requests)::bigint, sum(t.downloads)::bigint,
        case when sum(t.size_unknown) = 0 or sum(t.size_unknown) < sum(t.downloads)
            then sum(t.completed)::bigint end,
        case when sum(t.size_unknown) = 0 or sum(t.size_unknown) < sum(t.downloads)
            then sum(t.copies)::bigint end,
        sum(t.bytes)::bigint, sum(t.size_unknown)::bigint
    from tallies t
    join files f on f.id = t.file_id
    where t.bucket >= first_day::timestamp at time zone zone
      and t.bucket < (last_day + 1)::timestamp at time zone zone
    group by 1, f.id, f.host, f.path, t.edge, t.class;
end
$$;

comment on function report.daily_in is
    'report.daily with the days of a time zone, such as Europe/Berlin; both days belong to it.';
