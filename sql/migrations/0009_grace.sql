-- From when on a denial holds: a token whose last copy was counted may resume for a while ([tokens] retry_grace). And
-- what an exhausted token has used up: its copies, or the bytes that it may be sent in all.
alter table denials
    add column starts_at timestamptz not null default now(),
    add column spent_by text check (spent_by in ('copies', 'bytes'));
--> statement-breakpoint
update denials set starts_at = created_at,
    spent_by = case when reason = 'exhausted' then
        case when exists (select from token_usage u where u.token_id = subject and u.copies > 0)
            then 'copies' else 'bytes' end
    end;
--> statement-breakpoint
-- Agents look for what began lately, which until now was what was made lately.
drop index denials_created;
--> statement-breakpoint
create index denials_starts on denials (starts_at);
