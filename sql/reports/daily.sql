-- One row per UTC day, file, edge and class. report.daily_in does the same for the days of another time zone.
create or replace view report.daily as
select d.day, f.host, f.path, d.edge, d.class, d.requests, d.downloads, d.completed, d.copies, d.bytes
from tally_days d
join files f on f.id = d.file_id;

comment on view report.daily is
    'What was downloaded of each file on each UTC day, by edge and class; report.daily_in has other time zones.';

-- Exact in any time zone: today every offset on earth is a multiple of 15 minutes, the length of a bucket.
create or replace function report.daily_in(zone text, first_day date, last_day date)
returns table (
    day date, host text, path text, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select
        (t.bucket at time zone zone)::date,
        f.host, f.path, t.edge, t.class,
        sum(t.requests)::bigint, sum(t.downloads)::bigint, sum(t.completed)::bigint,
        sum(t.copies)::bigint, sum(t.bytes)::bigint
    from tallies t
    join files f on f.id = t.file_id
    where t.bucket >= first_day::timestamp at time zone zone
      and t.bucket < (last_day + 1)::timestamp at time zone zone
    group by 1, f.id, f.host, f.path, t.edge, t.class;
end
$$;

comment on function report.daily_in is
    'report.daily with the days of a time zone, such as Europe/Berlin; both days belong to it.';
