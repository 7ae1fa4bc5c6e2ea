-- A redeemed code is one token for all its files, as any other token for several files is: the link to the n-th of them
-- carries the token's id, a dash and n, and the limit holds for each (app/denials/subjects.ts).
alter table redemptions rename column token_base to token_id;
--> statement-breakpoint
insert into tokens (id, paths, created_at, expires_at, finish_by, max_copies, label, metadata, issued_by)
select r.token_id, b.paths, r.created_at, r.finish_by, r.finish_by, 1, b.label,
    jsonb_build_object('batch', b.id, 'serial', c.serial), 'codes'
from redemptions r join codes c on c.digest = r.code_digest join code_batches b on b.id = c.batch_id;
--> statement-breakpoint
insert into token_usage
    (token_id, version_id, file_id, size, sent, covered_to, covered, copies, requests, last_at, complete_from)
select r.token_id, u.version_id, u.file_id, u.size, u.sent, u.covered_to, u.covered, u.copies, u.requests, u.last_at,
    u.complete_from
from token_usage u join redemptions r on u.token_id ~ '-[0-9]+$' and r.token_id = left(u.token_id, 22)
on conflict do nothing;
--> statement-breakpoint
delete from token_usage where token_id in (select id from tokens where issued_by = 'codes' and id like '%-%');
--> statement-breakpoint
delete from tokens where issued_by = 'codes' and id like '%-%';
--> statement-breakpoint
-- A link to a page with a button, which previewers and mail scanners do not press.
alter table tokens drop constraint tokens_form_check;
--> statement-breakpoint
alter table tokens add constraint tokens_form_check check (form in ('query', 'path', 'cookie', 'page'));
--> statement-breakpoint
-- Of what was sent, what bots fetched: the first whole copy of theirs spends no limit.
alter table token_usage add column bot_sent bigint not null default 0;
