-- The tallies as they are stored: one row per file, 15 minutes, edge and class.
create or replace view report.tallies as
select t.bucket, f.host, f.path, t.edge, t.class, t.requests, t.downloads,
    case when t.size_unknown = 0 or t.size_unknown < t.downloads then t.completed end as completed,
    case when t.size_unknown = 0 or t.size_unknown < t.downloads then t.copies end as copies,
    t.bytes, t.size_unknown
from tallies t
join files f on f.id = t.file_id;

comment on view report.tallies is 'Each file in buckets of 15 minutes, by edge and class.';
