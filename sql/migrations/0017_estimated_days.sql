-- Files and UTC days of which downloads were imported with a size that is an estimate (tallygate ingest --sizes). Kept
-- when the transfers of the day are dropped, so that reports can go on saying that completed and copies are partly an
-- estimate.
create table estimated_days (
    file_id bigint not null,
    day date not null,
    primary key (file_id, day)
);
--> statement-breakpoint
insert into estimated_days (file_id, day)
select distinct t.file_id, t.day
from file_versions v
join transfers t on t.file_id = v.file_id and t.version_id = v.id
where v.etag like '%(estimated)';
