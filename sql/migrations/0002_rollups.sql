-- The tallies once more, in three coarser sums, so that no report grows slower as history grows longer: the
-- overview reads `tally_totals`, tables over all files read `tally_days` or `tally_months` for the whole UTC
-- days and months inside the time asked for, and `tallies` only for its two ends. They are changed in the
-- transaction that changes `tallies` (app/ingest/store/totals-sql.ts), so they agree in every snapshot.

-- All files together.
create table tally_totals (
    bucket timestamptz not null,
    class visitor_class not null,
    edge text not null,
    requests bigint not null,
    downloads bigint not null,
    completed bigint not null,
    copies bigint not null,
    bytes bigint not null,
    primary key (bucket, class, edge)
);
--> statement-breakpoint
-- One file, one UTC day.
create table tally_days (
    file_id bigint not null,
    day date not null,
    class visitor_class not null,
    edge text not null,
    requests bigint not null,
    downloads bigint not null,
    completed bigint not null,
    copies bigint not null,
    bytes bigint not null,
    primary key (file_id, day, class, edge)
);
--> statement-breakpoint
create index tally_days_day on tally_days (day);
--> statement-breakpoint
-- One file, one UTC month, named by its first day.
create table tally_months (
    file_id bigint not null,
    month date not null,
    class visitor_class not null,
    edge text not null,
    requests bigint not null,
    downloads bigint not null,
    completed bigint not null,
    copies bigint not null,
    bytes bigint not null,
    primary key (file_id, month, class, edge)
);
--> statement-breakpoint
create index tally_months_month on tally_months (month);
--> statement-breakpoint
-- Origins of all files in a period, and the days that are rolled up anew.
create index tally_dimensions_day on tally_dimensions (day, dimension);
--> statement-breakpoint
-- The rows of `tallies` again for these days, after their tallies were made anew: `tallygate rebuild` and
-- `reclassify` call it in their own transaction. Months are taken whole. In the order of time, as the agent adds
-- them: what is read together lies together.
create procedure refresh_rollups(first_day date, last_day date)
language plpgsql as $$
declare
    first_month date := date_trunc('month', first_day);
    next_month date := date_trunc('month', last_day) + interval '1 month';
    day_start timestamptz := first_day::timestamp at time zone 'UTC';
    day_end timestamptz := (last_day + 1)::timestamp at time zone 'UTC';
begin
    delete from tally_totals where bucket >= day_start and bucket < day_end;
    insert into tally_totals
    select bucket, class, edge, sum(requests), sum(downloads), sum(completed), sum(copies), sum(bytes)
    from tallies where bucket >= day_start and bucket < day_end
    group by bucket, class, edge
    order by bucket;

    delete from tally_days where day between first_day and last_day;
    insert into tally_days
    select file_id, (bucket at time zone 'UTC')::date as day, class, edge,
        sum(requests), sum(downloads), sum(completed), sum(copies), sum(bytes)
    from tallies where bucket >= day_start and bucket < day_end
    group by file_id, day, class, edge
    order by day, file_id;

    delete from tally_months where month >= first_month and month < next_month;
    insert into tally_months
    select file_id, date_trunc('month', day)::date as month, class, edge,
        sum(requests), sum(downloads), sum(completed), sum(copies), sum(bytes)
    from tally_days where day >= first_month and day < next_month
    group by file_id, month, class, edge
    order by month, file_id;
end
$$;
--> statement-breakpoint
-- What was counted before there were such sums.
do $$
declare
    first_day date;
    last_day date;
begin
    select (min(bucket) at time zone 'UTC')::date, (max(bucket) at time zone 'UTC')::date
    into first_day, last_day from tallies;
    if first_day is not null then
        call refresh_rollups(first_day, last_day);
    end if;
end
$$;
