-- What was answered to requests with an Idempotency-Key, for every route. Nothing of the old table is worth keeping:
-- its answers stood in clear, and were for a day.
drop table idempotent_answers;
--> statement-breakpoint
create table idempotent_answers (
    -- who asked: an API key's id, or `code:` and the digest of the code
    caller      text not null,
    key         text not null,
    -- SHA-256 of method, address and body: the same key with another request is a mistake
    request     bytea not null check (length(request) = 32),
    -- what the answer is made of, as JSON: sealed under a key that the database does not have
    answer      bytea not null,
    created_at  timestamptz not null,
    primary key (caller, key)
);
--> statement-breakpoint
create index idempotent_answers_created on idempotent_answers (created_at);
--> statement-breakpoint
-- Which keys NGINX has loaded on each edge, as its agent was last told by NGINX itself.
create table edge_keys (
    edge         text not null,
    host         text not null,
    ring         text not null,
    key_id       text not null,
    -- of the secret; '' where a digest would tell it (keys of secure_link)
    fingerprint  text not null,
    -- the current key of its ring there: NGINX signs with it (mint.conf)
    signs        boolean not null,
    -- NGINX has answered with this key since then, each time
    since        timestamptz not null,
    primary key (edge, host, key_id)
);
--> statement-breakpoint
-- When NGINX last said so, and why it did not since.
alter table agents add column keys_seen_at timestamptz, add column keys_error text not null default '';
--> statement-breakpoint
-- Which key each running `serve` signs new links with.
create table signers (
    -- host and port
    instance  text not null,
    ring      text not null,
    key_id    text not null,
    seen_at   timestamptz not null,
    primary key (instance, key_id)
);
--> statement-breakpoint
-- The end of the last link without a token that was signed with a key. Those with one end as their token does.
create table bare_links (
    key_id  text primary key,
    ends_at timestamptz not null
);
--> statement-breakpoint
-- Sessions of people who read the pages. Before, a signed cookie was all, and signing out ended nothing on the server.
create table sessions (
    -- SHA-256 of the secret in the cookie
    id          bytea primary key check (length(id) = 32),
    api_key_id  text not null references api_keys,
    ends_at     timestamptz not null
);
--> statement-breakpoint
create index sessions_ends on sessions (ends_at);
--> statement-breakpoint
delete from settings where name = 'session_secret';
