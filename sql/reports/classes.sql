-- All files together per UTC day: people, tools and bots beside each other.
create or replace view report.classes as
select
    (bucket at time zone 'UTC')::date as day, edge, class,
    sum(requests)::bigint as requests, sum(downloads)::bigint as downloads,
    sum(completed)::bigint as completed, sum(copies)::bigint as copies, sum(bytes)::bigint as bytes
from tally_totals
group by 1, edge, class;

comment on view report.classes is 'All files together on each UTC day, by edge and class.';
