-- report.files for a number of days in a time zone.
create or replace function report.files_in(zone text, first_day date, last_day date)
returns table (
    host text, path text, edge text, class public.visitor_class,
    requests bigint, downloads bigint, completed bigint, copies bigint, bytes bigint
)
language sql stable security definer set search_path = public, pg_temp set jit = off
as $$
    select * from report.counts_between(
        first_day::timestamp at time zone zone, (last_day + 1)::timestamp at time zone zone
    )
$$;

comment on function report.files_in is
    'What was downloaded of each file from one day to another (both belong to it) in a time zone.';
