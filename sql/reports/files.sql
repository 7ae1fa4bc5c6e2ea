-- One row per file, edge and class since counting began. Nothing is summed over classes: whoever wants
-- people and tools together says so, and bots never slip in. Read from the months, of which there are few; the
-- first and last bucket are one look each into the index of the tallies.
create or replace view report.files as
select f.host, f.path, s.edge, s.class, s.requests, s.downloads, s.completed, s.copies, s.bytes,
    (select min(t.bucket) from tallies t
     where t.file_id = s.file_id and t.class = s.class and t.edge = s.edge) as first_bucket,
    (select max(t.bucket) from tallies t
     where t.file_id = s.file_id and t.class = s.class and t.edge = s.edge) as last_bucket
from (
    select file_id, edge, class,
        sum(requests)::bigint as requests, sum(downloads)::bigint as downloads,
        sum(completed)::bigint as completed, sum(copies)::bigint as copies, sum(bytes)::bigint as bytes
    from tally_months
    group by file_id, edge, class
) s
join files f on f.id = s.file_id;

comment on view report.files is 'What was downloaded of each file since counting began, by edge and class.';
