-- One row per file, edge and class since counting began. Nothing is summed over classes: whoever wants
-- people and tools together says so, and bots never slip in.
create schema if not exists report;

create or replace view report.files as
select
    f.host,
    f.path,
    t.edge,
    t.class,
    sum(t.requests)::bigint as requests,
    sum(t.downloads)::bigint as downloads,
    sum(t.completed)::bigint as completed,
    sum(t.copies)::bigint as copies,
    sum(t.bytes)::bigint as bytes,
    min(t.bucket) as first_bucket,
    max(t.bucket) as last_bucket
from tallies t
join files f on f.id = t.file_id
group by f.id, f.host, f.path, t.edge, t.class;
