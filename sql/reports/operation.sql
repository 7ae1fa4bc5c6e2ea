-- How the counting itself is doing: logs and their lag, lines that were not counted, keys in use, who is refused.
create or replace view report.sources as
select
    s.id as source_id, s.edge, s.path, s.kind, s.lines, s.requests, s.rejects,
    s.position, s.seen_size, greatest(s.seen_size - s.position, 0) as lag_bytes,
    s.last_at, s.updated_at
from sources s;

comment on view report.sources is 'Every log that is or was read: how far, and lines = requests + rejects.';

create or replace view report.rejects as
select c.source_id, s.edge, s.path, c.reason, c.lines
from reject_counts c
join sources s on s.id = c.source_id;

comment on view report.rejects is 'Lines that were not counted, by log and reason.';

create or replace view report.reject_samples as
select r.source_id, s.edge, s.path, r.line, r.position, r.reason, r.sample, r.created_at
from rejects r
join sources s on s.id = r.source_id;

comment on view report.reject_samples is 'Lines that were not counted, each with its beginning; a limited number.';

create or replace view report.keys as
select u.key_id, u.edge,
    sum(u.requests)::bigint as requests,
    coalesce(sum(u.requests) filter (where u.day > (now() at time zone 'UTC')::date - 30), 0)::bigint
        as requests_30_days,
    max(u.last_at) as last_at
from key_usage u
group by u.key_id, u.edge;

comment on view report.keys is
    'Requests by signing key and edge: a key that nobody used for long is safe to retire. Empty: unsigned.';

create or replace view report.denials as
select kind, subject, reason, until, starts_at, created_at
from denials
where starts_at <= now() and (until is null or until > now());

comment on view report.denials is 'Tokens (t) and visitors (v) that every edge refuses now.';
