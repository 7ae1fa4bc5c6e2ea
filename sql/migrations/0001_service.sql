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
