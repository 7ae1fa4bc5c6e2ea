-- What the service keeps: API keys, tokens, answers kept for repeated requests.
-- Owner: app/service. The counting tables (0000) refer to a token by its id only: a link may name a token that
-- was imported or deleted, and a foreign key would make a batch of the log fail for it.

create table api_keys (
    -- the first 12 hex digits of the digest: whoever finds a leaked key can tell which one to revoke
    id            text primary key,
    digest        bytea not null check (length(digest) = 32),
    name          text not null,
    scopes        text[] not null check (scopes <@ array['issue', 'read', 'admin'] and cardinality(scopes) > 0),
    created_at    timestamptz not null default now(),
    -- moved on at most once a minute, so that reading is not writing
    last_used_at  timestamptz,
    revoked_at    timestamptz
);
--> statement-breakpoint
create table tokens (
    -- what the link carries in `t`; begins with the time, so that ids sort by creation and new rows land on
    -- few index pages
    id             text primary key check (length(id) between 1 and 32),
    -- decoded; one that ends in '/' stands for all below it
    paths          text[] not null,
    created_at     timestamptz not null default now(),
    expires_at     timestamptz not null,
    finish_by      timestamptz,
    not_before     timestamptz,
    max_copies     integer check (max_copies > 0),
    enforce        text not null default 'edge' check (enforce in ('edge', 'strict')),
    rate           integer check (rate > 0),
    filename       text,
    address        text,
    label          text not null default '',
    customer       text not null default '',
    metadata       jsonb,
    -- who issued it: an API key's id; '' for the command line and for codes
    issued_by      text not null default '',
    revoked_at     timestamptz,
    revoke_reason  text
);
--> statement-breakpoint
create index tokens_customer on tokens (customer, id) where customer <> '';
--> statement-breakpoint
create index tokens_label on tokens (label, id) where label <> '';
--> statement-breakpoint
-- A repeated Idempotency-Key gets the first answer again; rows older than a day are removed by `serve`.
create table idempotent_answers (
    api_key_id  text not null,
    key         text not null,
    -- SHA-256 of method, path and body: the same key with another request is a mistake
    request     bytea not null,
    body        text not null,
    created_at  timestamptz not null default now(),
    primary key (api_key_id, key)
);
--> statement-breakpoint
create index idempotent_answers_created on idempotent_answers (created_at);
--> statement-breakpoint
-- The tally of one token is read from its transfers; most transfers carry none.
create index transfers_token on transfers (token_id) where token_id <> '';
--> statement-breakpoint
-- Failed attempts (wrong keys, wrong codes), as rate-limiter-flexible keeps them; `expire` in milliseconds.
create table attempts (
    key     varchar(255) primary key,
    points  integer not null default 0,
    expire  bigint
);
--> statement-breakpoint
-- Codes for people to type, made in batches that share their files and terms.
create table code_batches (
    id             text primary key,
    created_at     timestamptz not null default now(),
    label          text not null,
    -- what cards and pages show; the label is the operator's
    title          text not null,
    paths          text[] not null check (cardinality(paths) > 0),
    -- bytes, as NGINX answered when the batch was made; null where it did not
    sizes          bigint[] not null,
    uses           integer not null check (uses > 0),
    redeem_until   timestamptz,
    -- a redeemed link may be started for so long, and finished for so long
    start_seconds  integer not null check (start_seconds > 0),
    hold_seconds   integer not null check (hold_seconds >= start_seconds),
    artwork        bytea,
    artwork_type   text check (artwork_type in ('image/jpeg', 'image/png')),
    issued_by      text not null default '',
    revoked_at     timestamptz
);
--> statement-breakpoint
-- The code itself is nowhere: only its HMAC-SHA-256 under a key that is not in the database.
create table codes (
    digest      bytea primary key check (length(digest) = 32),
    batch_id    text not null references code_batches,
    -- printed on the card: how people and operators name a code without telling it
    serial      integer not null,
    uses        integer not null check (uses > 0),
    held        integer not null default 0 check (held >= 0),
    spent       integer not null default 0 check (spent >= 0),
    revoked_at  timestamptz,
    unique (batch_id, serial),
    constraint no_use_is_taken_twice check (held + spent <= uses)
);
--> statement-breakpoint
-- One use of a code: held when redeemed, spent when a copy completes, released when nothing did in time.
create table redemptions (
    -- SHA-256 of the secret in the address of its page
    id           bytea primary key check (length(id) = 32),
    code_digest  bytea not null references codes,
    state        text not null default 'held' check (state in ('held', 'spent', 'released')),
    created_at   timestamptz not null,
    finish_by    timestamptz not null,
    -- the token of the n-th file is token_base-n
    token_base   text not null unique
);
--> statement-breakpoint
create index redemptions_code on redemptions (code_digest);
--> statement-breakpoint
create index redemptions_held on redemptions (finish_by) where state = 'held';
--> statement-breakpoint
-- Requests that were let through for tokens with `enforce = strict` and a limit: what each may still send is
-- reserved until its record is counted. Removed once their token has ended.
create table strict_admissions (
    token_id     text not null,
    path         text not null,
    seq          bigint generated always as identity,
    -- bytes the request may send at the most; null where the file's size was not known yet: one copy
    bytes        bigint,
    admitted_at  timestamptz not null,
    primary key (token_id, path, seq)
);
