-- The counts of every file between two moments, exact to 15 minutes. The cost does not grow with the history.
--
-- The period is cut at the UTC midnight nearest to each end, and at the UTC month nearest to that. Buckets give the
-- hours up to the midnight, days lead on to the month, and months fill the middle. Where the nearest boundary lies
-- outside the period, the part between is subtracted. A month of Europe/Berlin, for example, is the UTC month, plus
-- an hour or two before it, minus an hour or two at its end.
--
-- No parallel workers: to start them takes longer than the work, and when many people wait for a page, there is no
-- more than one processor for each of them.
create or replace function report.counts_between(from_time timestamptz, to_time timestamptz)
returns table (
    host text, path text, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint, size_unknown bigint
)
language plpgsql stable
set timezone = 'UTC'
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
    select f.host, f.path, s.edge, s.class, s.requests, s.downloads,
        case when s.size_unknown = 0 or s.size_unknown < s.downloads then s.completed end,
        case when s.size_unknown = 0 or s.size_unknown < s.downloads then s.copies end,
        s.bytes, s.size_unknown
    from (
        select p.file_id, p.edge, p.class,
            sum(p.sign * p.requests)::bigint as requests, sum(p.sign * p.downloads)::bigint as downloads,
            sum(p.sign * p.completed)::bigint as completed, sum(p.sign * p.copies)::bigint as copies,
            sum(p.sign * p.bytes)::bigint as bytes, sum(p.sign * p.size_unknown)::bigint as size_unknown
        from (
            select case when from_time < from_day then 1 else -1 end as sign,
                file_id, edge, class, requests, downloads, completed, copies, bytes, size_unknown
            from tallies
            where bucket >= least(from_time, from_day) and bucket < greatest(from_time, from_day)
            union all
            select case when from_day < from_month then 1 else -1 end,
                file_id, edge, class, requests, downloads, completed, copies, bytes, size_unknown
            from tally_days
            where day >= least(from_day, from_month) and day < greatest(from_day, from_month)
            union all
            select case when from_month < to_month then 1 else -1 end,
                file_id, edge, class, requests, downloads, completed, copies, bytes, size_unknown
            from tally_months
            where month >= least(from_month, to_month) and month < greatest(from_month, to_month)
            union all
            select case when to_month < to_day then 1 else -1 end,
                file_id, edge, class, requests, downloads, completed, copies, bytes, size_unknown
            from tally_days
            where day >= least(to_month, to_day) and day < greatest(to_month, to_day)
            union all
            select case when to_day < to_time then 1 else -1 end,
                file_id, edge, class, requests, downloads, completed, copies, bytes, size_unknown
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
