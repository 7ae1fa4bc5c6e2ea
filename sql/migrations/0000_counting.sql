-- What is counted, and how far the logs have been read. sql/README.md explains every table.
--
-- Three rules hold for all of it, so that the same statements work where Citus distributes `transfers` by
-- visitor and the tallies by file: a unique key contains the distribution column, nothing relies on xmax
-- or triggers, and no UPDATE calls a volatile function. A test reads the catalogue for them.
--
-- Ids of files, versions and origins are the first 8 bytes of a SHA-256 over what they name (app/ingest/record/ids.ts):
-- no agent asks another for an id, and the same log gives the same rows whatever order it is read in.

create type visitor_class as enum ('person', 'tool', 'bot');
--> statement-breakpoint
create table files (
    id bigint primary key,
    host text not null,
    path text not null,
    created_at timestamptz not null default now()
);
--> statement-breakpoint
-- A file's content at one time: replaced content has another entity tag or size, and is another version.
create table file_versions (
    id bigint primary key,
    file_id bigint not null,
    etag text not null,
    size bigint not null,
    created_at timestamptz not null default now()
);
--> statement-breakpoint
create index file_versions_file on file_versions (file_id);
--> statement-breakpoint
-- Where requests come from, as far as it is kept. `client` and `class` follow from `agent`.
create table origins (
    id bigint primary key,
    edge text not null,
    agent text not null,
    client text not null,
    class visitor_class not null,
    referrer_host text not null,
    country text not null,
    created_at timestamptz not null default now()
);
--> statement-breakpoint
-- All requests of one visitor (and token) for one version of a file on one UTC day.
-- The wide columns stand first so that no row carries padding.
create table transfers (
    visitor bigint not null,
    version_id bigint not null,
    file_id bigint not null,
    -- the origin of the earliest request; class and edge are that origin's
    origin_id bigint not null,
    sent bigint not null,
    size bigint not null,
    -- the bytes [0, covered_to) were sent; nearly always all there is to say
    covered_to bigint not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    -- what this row added to the tallies before its last change; null: it was new
    prev_first_at timestamptz,
    day date not null,
    requests integer not null,
    class visitor_class not null,
    prev_class visitor_class,
    -- 1: a download; 2: completed; as counted under the policy of its last change
    state smallint not null,
    prev_state smallint,
    token_id text not null,
    edge text not null,
    prev_edge text,
    -- the bytes beyond covered_to that were sent, where there are any
    covered int8multirange,
    primary key (visitor, version_id, token_id, day)
) partition by range (day);
--> statement-breakpoint
-- A union of byte ranges is kept as the front [0, covered_to) and the rest beyond it, null when empty: one
-- form for one set of bytes, and no multirange where a number says it. These join two such unions; they are
-- called only where there is a rest.
create function covered_union(front_a bigint, rest_a int8multirange, front_b bigint, rest_b int8multirange)
returns int8multirange language sql immutable parallel safe as $$
    select int8multirange(int8range(0, front_a)) + int8multirange(int8range(0, front_b))
        + coalesce(rest_a, '{}') + coalesce(rest_b, '{}')
$$;
--> statement-breakpoint
create function covered_front(covered int8multirange)
returns bigint language sql immutable parallel safe as $$
    select coalesce((select upper(r) from unnest(covered) r where lower(r) = 0), 0)
$$;
--> statement-breakpoint
create function covered_rest(covered int8multirange)
returns int8multirange language sql immutable parallel safe as $$
    select nullif(covered - int8multirange(int8range(0, covered_front(covered))), '{}')
$$;
--> statement-breakpoint
create function covered_bytes(front bigint, rest int8multirange)
returns bigint language sql immutable parallel safe as $$
    select front + coalesce((select sum(upper(r) - lower(r)) from unnest(rest) r), 0)::bigint
$$;
--> statement-breakpoint
-- Sums of what the transfers of a file began in one 15-minute bucket (UTC), for ever.
create table tallies (
    file_id bigint not null,
    bucket timestamptz not null,
    class visitor_class not null,
    edge text not null,
    requests bigint not null,
    downloads bigint not null,
    completed bigint not null,
    copies bigint not null,
    bytes bigint not null,
    primary key (file_id, bucket, class, edge)
);
--> statement-breakpoint
create index tallies_bucket on tallies (bucket);
--> statement-breakpoint
create table tally_dimensions (
    file_id bigint not null,
    day date not null,
    class visitor_class not null,
    edge text not null,
    dimension text not null check (dimension in ('referrer', 'client', 'country')),
    value text not null,
    downloads bigint not null,
    bytes bigint not null,
    primary key (file_id, day, dimension, value, class, edge)
);
--> statement-breakpoint
-- Requests by signing key: when was each last used, is it safe to retire? '' stands for unsigned downloads.
create table key_usage (
    key_id text not null,
    day date not null,
    edge text not null,
    requests bigint not null,
    last_at timestamptz not null,
    primary key (key_id, day, edge)
);
--> statement-breakpoint
-- Days whose tally_dimensions are out of date: `changed` since the last roll-up, or `rolling` now.
create table stale_days (
    day date not null,
    phase text not null check (phase in ('changed', 'rolling')),
    primary key (day, phase)
);
--> statement-breakpoint
-- Days whose transfers were dropped after retention_days: a late line for one is rejected, because nobody
-- can say any more whether it belongs to a transfer that was counted.
create table closed_days (
    day date primary key,
    closed_at timestamptz not null default now()
);
--> statement-breakpoint
-- A log that is or was read, known by its content: `fingerprint` is the hash of its first complete line.
-- The row is the cursor: an agent that changes it must find the position it read from.
create table sources (
    id bigint generated by default as identity primary key,
    fingerprint bytea not null,
    -- told apart where two files begin with the same line (foreign logs can)
    generation integer not null default 0,
    kind text not null check (kind in ('file', 'stream', 'history')),
    -- bytes read of the uncompressed content, and a hash of the last bytes before that
    position bigint not null default 0,
    tail_length integer not null default 0,
    tail bytea not null default '',
    lines bigint not null default 0,
    requests bigint not null default 0,
    rejects bigint not null default 0,
    -- only told to people: where it was last seen, by whom, and how much lay there unread
    edge text not null default '',
    host text not null default '',
    path text not null default '',
    seen_size bigint not null default 0,
    last_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (fingerprint, generation),
    constraint every_line_is_accounted_for check (lines = requests + rejects)
);
--> statement-breakpoint
-- Lines that were not counted, each once, with a bounded sample; past a limit only reject_counts grows.
create table rejects (
    source_id bigint not null,
    line bigint not null,
    position bigint not null,
    reason text not null,
    sample text not null,
    created_at timestamptz not null default now(),
    primary key (source_id, line)
);
--> statement-breakpoint
create table reject_counts (
    source_id bigint not null,
    reason text not null,
    lines bigint not null,
    primary key (source_id, reason)
);
--> statement-breakpoint
-- Request ids seen on streams that have no file to hold a cursor in; kept for two days.
create table stream_requests (
    id bytea primary key,
    day date not null
);
--> statement-breakpoint
create index stream_requests_day on stream_requests (day);
--> statement-breakpoint
-- What a limited token has spent: the union of ranges per file version, whoever fetched them and whenever.
create table token_usage (
    token_id text not null,
    version_id bigint not null,
    file_id bigint not null,
    size bigint not null,
    sent bigint not null,
    covered_to bigint not null,
    covered int8multirange,
    copies bigint not null,
    requests bigint not null,
    last_at timestamptz not null,
    primary key (token_id, version_id)
);
--> statement-breakpoint
-- Who may download no more: every edge keeps a file per row in its deny folder. 't': a token; 'v': a visitor.
create table denials (
    kind text not null check (kind in ('t', 'v')),
    subject text not null,
    reason text not null,
    until timestamptz,
    created_at timestamptz not null default now(),
    primary key (kind, subject)
);
--> statement-breakpoint
create index denials_created on denials (created_at);
--> statement-breakpoint
create table settings (
    name text primary key,
    value jsonb not null
);
