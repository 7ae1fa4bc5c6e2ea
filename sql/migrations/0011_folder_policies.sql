-- Where [[count.folders]] says otherwise than [count]: from how many bytes on a transfer is a download, and from how
-- many covered bytes on a completed one. Null for all others, which costs a row nothing.
alter table transfers add column min_bytes bigint, add column complete_from bigint;
--> statement-breakpoint
alter table token_usage add column complete_from bigint;
