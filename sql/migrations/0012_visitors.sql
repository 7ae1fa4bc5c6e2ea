-- How many different visitors downloaded on a UTC day: written from the transfers as tally_dimensions are, and kept
-- when these are dropped. A distinct count does not add up over files, so that of all files has a table of its own. It
-- does add up over classes: a visitor is the hash of an address and a user agent, and the agent gives the class.
create table tally_visitors (
    day date not null,
    class visitor_class not null,
    visitors bigint not null,
    primary key (day, class)
);
--> statement-breakpoint
create table tally_file_visitors (
    file_id bigint not null,
    day date not null,
    class visitor_class not null,
    visitors bigint not null,
    primary key (file_id, day, class)
);
--> statement-breakpoint
create index tally_file_visitors_day on tally_file_visitors (day);
--> statement-breakpoint
-- Days whose transfers are kept get theirs at the next refresh. For closed days nobody can say any more.
insert into stale_days (day, phase)
select to_date(right(c.relname, 8), 'YYYYMMDD'), 'changed'
from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'transfers'::regclass
on conflict do nothing;
