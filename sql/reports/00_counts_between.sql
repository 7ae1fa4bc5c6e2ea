create schema if not exists report;

-- The counts of every file between two moments, exact to the 15 minutes, at a cost that does not grow with the
-- history: from the beginning to the nearest UTC midnight by buckets, on to the nearest UTC month by days, from
-- there by months, and to the end likewise. Where the nearest boundary lies outside of the period, what lies
-- between is subtracted: a month of Europe/Berlin is the UTC month, an hour more before and an hour less after.
-- No report's function lets PostgreSQL compile its queries (jit): it takes their dates for vague ranges, and would
-- compile for longer than they run. Nor do those that many look at start workers: that takes longer than the work, and
-- of those who wait for a page each has a processor at most. (The file's name puts it before the functions that call it.)
create or replace function report.counts_between(from_time timestamptz, to_time timestamptz)
returns table (
    host text, path text, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint
)
language plpgsql stable set plan_cache_mode = force_custom_plan security definer set search_path = public, pg_temp set timezone = 'UTC' set jit = off
    set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_column
declare
    from_day date := date_trunc('day', from_time + interval '12 hours');
    to_day date := date_trunc('day', to_time + interval '12 hours');
    from_month date := date_trunc('month', from_day + interval '15 days');
    to_month date := date_trunc('month', to_day + interval '15 days');
begin
    if from_time >= to_time then
        return;
    end if;
    return query
    select f.host, f.path, s.edge, s.class, s.requests, s.downloads, s.completed, s.copies, s.bytes
    from (
        select p.file_id, p.edge, p.class,
            sum(p.sign * p.requests)::bigint as requests, sum(p.sign * p.downloads)::bigint as downloads,
            sum(p.sign * p.completed)::bigint as completed, sum(p.sign * p.copies)::bigint as copies,
            sum(p.sign * p.bytes)::bigint as bytes
        from (
            select case when from_time < from_day then 1 else -1 end as sign,
                file_id, edge, class, requests, downloads, completed, copies, bytes
            from tallies
            where bucket >= least(from_time, from_day) and bucket < greatest(from_time, from_day)
            union all
            select case when from_day < from_month then 1 else -1 end,
                file_id, edge, class, requests, downloads, completed, copies, bytes
            from tally_days
            where day >= least(from_day, from_month) and day < greatest(from_day, from_month)
            union all
            select case when from_month < to_month then 1 else -1 end,
                file_id, edge, class, requests, downloads, completed, copies, bytes
            from tally_months
            where month >= least(from_month, to_month) and month < greatest(from_month, to_month)
            union all
            select case when to_month < to_day then 1 else -1 end,
                file_id, edge, class, requests, downloads, completed, copies, bytes
            from tally_days
            where day >= least(to_month, to_day) and day < greatest(to_month, to_day)
            union all
            select case when to_day < to_time then 1 else -1 end,
                file_id, edge, class, requests, downloads, completed, copies, bytes
            from tallies
            where bucket >= least(to_day, to_time) and bucket < greatest(to_day, to_time)
        ) p
        group by p.file_id, p.edge, p.class
        having sum(p.sign * p.requests) <> 0
    ) s
    join files f on f.id = s.file_id;
end
$$;

comment on function report.counts_between is
    'The counts of every file from one moment up to another, by edge and class, exact to 15 minutes.';
