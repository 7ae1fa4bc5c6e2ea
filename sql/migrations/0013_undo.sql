-- What an import has added, so that `tallygate ingest --undo` takes away exactly that (app/ingest/history/undo).
--
-- Whose requests a transfer holds. Null: those that were counted live. The id of an import's source: its alone. -1: of
-- several, and each one's share is in transfer_shares.
alter table transfers add column import_id bigint;
--> statement-breakpoint
-- A transfer that several have added to, once more for each of them: what it would be without the others. import_id 0
-- stands for what was counted live. They go when the day is closed.
create table transfer_shares (
    visitor bigint not null,
    version_id bigint not null,
    file_id bigint not null,
    origin_id bigint not null,
    import_id bigint not null,
    sent bigint not null,
    size bigint not null,
    covered_to bigint not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    began_at timestamptz,
    day date not null,
    requests integer not null,
    class visitor_class not null,
    token_id text not null,
    edge text not null,
    covered int8multirange,
    primary key (visitor, version_id, token_id, day, import_id)
);
--> statement-breakpoint
create index transfer_shares_day on transfer_shares (day, import_id);
--> statement-breakpoint
-- An import's uses of keys have rows of their own: a sum can be taken back, a latest time cannot. 0: counted live.
alter table key_usage
    add column import_id bigint not null default 0,
    drop constraint key_usage_pkey,
    add primary key (key_id, day, edge, import_id);
--> statement-breakpoint
-- Names that only imports have brought. Whoever counts such a name live takes the mark away.
alter table files add column imported boolean not null default false;
--> statement-breakpoint
alter table file_versions add column imported boolean not null default false;
--> statement-breakpoint
alter table origins add column imported boolean not null default false;
--> statement-breakpoint
-- Since when an import is being taken back; null: it is not.
alter table sources add column undone_at timestamptz;
