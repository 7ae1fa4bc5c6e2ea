-- Single transfers, as long as they are kept (retention_days). Filter by `day`: then PostgreSQL reads the partitions of
-- those days only.
create or replace view report.downloads as
select
    t.day, coalesce(t.began_at, t.first_at) as started_at, t.last_at as ended_at, f.host, f.path, t.size, v.etag,
    t.class, t.edge, o.client, o.agent, o.referrer_host, o.country, t.token_id, t.visitor,
    t.requests, t.sent as bytes,
    case when t.covered is null then t.covered_to else covered_bytes(t.covered_to, t.covered) end as covered,
    t.state & 1 = 1 as download, case when t.size > 0 then t.state & 2 = 2 end as completed
from transfers t
join files f on f.id = t.file_id
join file_versions v on v.id = t.version_id
join origins o on o.id = t.origin_id;

comment on view report.downloads is
    'Single transfers of the last retention_days; one visitor, one version of a file, one UTC day. Filter by day.';
