-- One row per file, edge and class since counting began. Nothing is summed over classes, so bots never slip in: to
-- see people and tools together, add them up yourself. Read from the monthly sums, because they are few. The first and
-- the last bucket cost one index look-up each.
create or replace view report.files as
select f.host, f.path, s.edge, s.class, s.requests, s.downloads, s.completed, s.copies, s.bytes, s.size_unknown,
    (select min(t.bucket) from tallies t
     where t.file_id = s.file_id and t.class = s.class and t.edge = s.edge) as first_bucket,
    (select max(t.bucket) from tallies t
     where t.file_id = s.file_id and t.class = s.class and t.edge = s.edge) as last_bucket
from (
    select file_id, edge, class,
        sum(requests)::bigint as requests, sum(downloads)::bigint as downloads,
        case when sum(size_unknown) = 0 or sum(size_unknown) < sum(downloads)
            then sum(completed)::bigint end as completed,
        case when sum(size_unknown) = 0 or sum(size_unknown) < sum(downloads)
            then sum(copies)::bigint end as copies,
        sum(bytes)::bigint as bytes, sum(size_unknown)::bigint as size_unknown
    from tally_months
    group by file_id, edge, class
) s
join files f on f.id = s.file_id;

comment on view report.files is 'What was downloaded of each file since counting began, by edge and class.';
-- report.files for a period: the days of a time zone from the first to the last.
create or replace function report.files_in(zone text, first_day date, last_day date)
returns table (
    host text, path text, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint, size_unknown bigint
)
language sql stable
as $$
    select * from report.counts_between(
        first_day::timestamp at time zone zone, (last_day + 1)::timestamp at time zone zone
    )
$$;

comment on function report.files_in is
    'What was downloaded of each file from one day to another (both belong to it) in a time zone.';
