-- The lines of imported logs, so that a line which another log holds too is counted once: eight bytes of a hash for
-- each line of a batch, by the day of its request (app/ingest/history/seen-lines.ts). They go when the day is closed.
create table import_lines (
    source_id bigint not null,
    day date not null,
    -- where the batch begins in its source
    position bigint not null,
    hashes bytea not null,
    created_at timestamptz not null default now(),
    primary key (day, source_id, position)
);
--> statement-breakpoint
-- Hashes do not compress.
alter table import_lines alter column hashes set storage external;
