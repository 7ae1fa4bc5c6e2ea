-- Of a file whose size no log told nobody knows whether a download completed. How many downloads those are is a sum
-- of its own, so that no report says 0 where it ought to say "not known".
alter table tallies add column size_unknown bigint not null default 0;
--> statement-breakpoint
alter table tally_totals add column size_unknown bigint not null default 0;
--> statement-breakpoint
alter table tally_days add column size_unknown bigint not null default 0;
--> statement-breakpoint
alter table tally_months add column size_unknown bigint not null default 0;
--> statement-breakpoint
-- Reports return a column more, and PostgreSQL changes no function's result: `tallygate migrate` makes all anew.
do $$
declare
    views text;
    functions text;
begin
    select string_agg(format('report.%I', relname), ', ') into views
    from pg_class where relnamespace = to_regnamespace('report') and relkind = 'v';
    select string_agg(oid::regprocedure::text, ', ') into functions
    from pg_proc where pronamespace = to_regnamespace('report');
    if views is not null then
        execute 'drop view ' || views;
    end if;
    if functions is not null then
        execute 'drop function ' || functions;
    end if;
end
$$;
--> statement-breakpoint
create or replace procedure refresh_rollups(first_day date, last_day date)
language plpgsql
set timezone = 'UTC'
as $$
declare
    first_month date := date_trunc('month', first_day);
    next_month date := date_trunc('month', last_day) + interval '1 month';
    day_start timestamptz := first_day::timestamp at time zone 'UTC';
    day_end timestamptz := (last_day + 1)::timestamp at time zone 'UTC';
begin
    delete from tally_totals where bucket >= day_start and bucket < day_end;
    insert into tally_totals
    select bucket, class, edge,
        sum(requests), sum(downloads), sum(completed), sum(copies), sum(bytes), sum(size_unknown)
    from tallies where bucket >= day_start and bucket < day_end
    group by bucket, class, edge
    order by bucket;

    delete from tally_days where day between first_day and last_day;
    insert into tally_days
    select file_id, (bucket at time zone 'UTC')::date as day, class, edge,
        sum(requests), sum(downloads), sum(completed), sum(copies), sum(bytes), sum(size_unknown)
    from tallies where bucket >= day_start and bucket < day_end
    group by file_id, day, class, edge
    order by day, file_id;

    delete from tally_months where month >= first_month and month < next_month;
    insert into tally_months
    select file_id, date_trunc('month', day)::date as month, class, edge,
        sum(requests), sum(downloads), sum(completed), sum(copies), sum(bytes), sum(size_unknown)
    from tally_days where day >= first_month and day < next_month
    group by file_id, month, class, edge
    order by month, file_id;
end
$$;
--> statement-breakpoint
-- What was counted before: every download of a file of which no size was ever known. Where a file has versions of both
-- kinds, `tallygate rebuild` tells them apart, as long as their transfers are kept.
update tallies set size_unknown = downloads
where downloads > 0
  and file_id in (select file_id from file_versions group by file_id having max(size) = 0);
--> statement-breakpoint
do $$
declare
    first_day date;
    last_day date;
begin
    select (min(bucket) at time zone 'UTC')::date, (max(bucket) at time zone 'UTC')::date
    into first_day, last_day from tallies where size_unknown > 0;
    if first_day is not null then
        call refresh_rollups(first_day, last_day);
    end if;
end
$$;
