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
