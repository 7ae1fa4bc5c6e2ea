-- One file over time, by hour, day, week, month or year of a time zone.
--
-- Hours are summed from the file's buckets. Longer periods are summed from its UTC days and then corrected: a period
-- of the zone begins some hours before or after the UTC midnight, so the buckets of these hours are taken from one
-- period and given to the other.
--
-- random_page_cost: a file's buckets are scattered over the table. The default is made for spinning disks. With it
-- PostgreSQL reads the buckets of all files, which lie together, and throws away a thousand for each one it keeps.
create or replace function report.history_in(
    zone text, unit text, first_day date, last_day date, of_host text, of_path text
)
returns table (
    period timestamptz, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint, size_unknown bigint
)
language plpgsql stable
set timezone = 'UTC'
set random_page_cost = 1.1
as $$
#variable_conflict use_column
declare
    file bigint := (select id from files where host = of_host and path = of_path);
    after_last timestamp := last_day + 1;
begin
    if unit = 'hour' then
        return query
        select date_trunc(unit, t.bucket, zone), t.edge, t.class,
            sum(t.requests)::bigint, sum(t.downloads)::bigint,
            case when sum(t.size_unknown) = 0 or sum(t.size_unknown) < sum(t.downloads)
                then sum(t.completed)::bigint end,
            case when sum(t.size_unknown) = 0 or sum(t.size_unknown) < sum(t.downloads)
                then sum(t.copies)::bigint end,
            sum(t.bytes)::bigint, sum(t.size_unknown)::bigint
        from tallies t
        where t.file_id = file
          and t.bucket >= first_day::timestamp at time zone zone
          and t.bucket < after_last at time zone zone
        group by 1, t.edge, t.class;
        return;
    end if;
    return query
    with boundaries as (
        select distinct moment, moment at time zone zone as here, moment at time zone 'UTC' as utc
        from (
            select day as moment from generate_series(first_day::timestamp, after_last, '1 day') day
            where date_trunc(unit, day) = day or day in (first_day, after_last)
        ) m
    ), parts as (
        select day::timestamp as moment, 1 as sign, edge, class,
            requests, downloads, completed, copies, bytes, size_unknown
        from tally_days
        where file_id = file and day between first_day and last_day
        union all
        select case when (b.here < b.utc) = (sign > 0) then b.moment else b.moment - interval '1 day' end, sign,
            t.edge, t.class, t.requests, t.downloads, t.completed, t.copies, t.bytes, t.size_unknown
        from boundaries b
        join lateral (
            select * from tallies
            where file_id = file and bucket >= least(b.here, b.utc) and bucket < greatest(b.here, b.utc)
        ) t on true
        cross join (values (1), (-1)) s(sign)
    )
    select date_trunc(unit, p.moment) at time zone zone, p.edge, p.class,
        sum(sign * p.requests)::bigint, sum(sign * p.downloads)::bigint,
        case when sum(sign * p.size_unknown) = 0 or sum(sign * p.size_unknown) < sum(sign * p.downloads)
            then sum(sign * p.completed)::bigint end,
        case when sum(sign * p.size_unknown) = 0 or sum(sign * p.size_unknown) < sum(sign * p.downloads)
            then sum(sign * p.copies)::bigint end,
        sum(sign * p.bytes)::bigint, sum(sign * p.size_unknown)::bigint
    from parts p
    where p.moment >= first_day and p.moment < after_last
    group by 1, p.edge, p.class
    having sum(sign * p.requests) <> 0;
end
$$;

comment on function report.history_in is
    'One file by hour, day, week, month or year (unit) of a time zone; both days belong to it.';
