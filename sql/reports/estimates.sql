-- Where completed and copies are partly an estimate: an import took the file's size from elsewhere (--sizes).
create or replace view report.estimated_days as
select f.host, f.path, e.day
from estimated_days e
join files f on f.id = e.file_id;

comment on view report.estimated_days is
    'UTC days of which downloads of a file count as completed or not by an estimated size (tallygate ingest --sizes).';
