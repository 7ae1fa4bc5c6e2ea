-- All files together per UTC day: people, tools and bots beside each other.
create or replace view report.classes as
select
    (bucket at time zone 'UTC')::date as day, edge, class,
    sum(requests)::bigint as requests, sum(downloads)::bigint as downloads,
    case when sum(size_unknown) = 0 or sum(size_unknown) < sum(downloads)
        then sum(completed)::bigint end as completed,
    case when sum(size_unknown) = 0 or sum(size_unknown) < sum(downloads)
        then sum(copies)::bigint end as copies,
    sum(bytes)::bigint as bytes, sum(size_unknown)::bigint as size_unknown
from tally_totals
group by 1, edge, class;

comment on view report.classes is 'All files together on each UTC day, by edge and class.';
