-- How a file began: its first day, and what was downloaded on that day, in its first 7 and in its first 30 UTC days.
-- The first day is the first on which a person or a tool downloaded it. A number is null until its days are over.
--
-- The months find the files that began in the time asked for; only of those the days are read.
create or replace function report.first_days(from_day date, to_day date)
returns table (
    host text, path text, class public.visitor_class, first_day date,
    downloads_1_day bigint, downloads_7_days bigint, downloads_30_days bigint
)
language plpgsql stable
as $$
#variable_conflict use_column
declare
    today constant date := (now() at time zone 'UTC')::date;
begin
    return query
    with months as (
        select file_id, min(month) as month from tally_months
        where downloads > 0 and class <> 'bot'
        group by file_id
    ), firsts as (
        select m.file_id, min(d.day) as day
        from months m
        join tally_days d on d.file_id = m.file_id and d.day >= m.month and d.day < m.month + 31
        where m.month > from_day - 31 and m.month <= to_day and d.downloads > 0 and d.class <> 'bot'
        group by m.file_id
    ), counted as (
        select b.file_id, b.day as first_day, d.class,
            sum(d.downloads) filter (where d.day = b.day) as in_1,
            sum(d.downloads) filter (where d.day < b.day + 7) as in_7,
            sum(d.downloads) as in_30
        from firsts b
        join tally_days d on d.file_id = b.file_id and d.day >= b.day and d.day < b.day + 30
        where b.day between from_day and to_day
        group by b.file_id, b.day, d.class
    )
    select f.host, f.path, c.class, c.first_day,
        case when c.first_day + 1 <= today then coalesce(c.in_1, 0)::bigint end,
        case when c.first_day + 7 <= today then coalesce(c.in_7, 0)::bigint end,
        case when c.first_day + 30 <= today then coalesce(c.in_30, 0)::bigint end
    from counted c
    join files f on f.id = c.file_id;
end
$$;

comment on function report.first_days is
    'Files that began from one UTC day to another: downloads on the first day, in the first 7 and in the first 30.';
