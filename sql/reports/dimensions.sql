-- Where downloads come from: linking sites, programs and countries. One row per UTC day, file, edge, class and value.
-- The agent rolls them up from the transfers from time to time, so the last minutes may be missing.
create or replace view report.referrers as
select d.day, f.host, f.path, d.edge, d.class, d.value as referrer_host, d.downloads, d.bytes
from tally_dimensions d
join files f on f.id = d.file_id
where d.dimension = 'referrer';

comment on view report.referrers is 'Downloads by the host of the page they came from, per UTC day and file.';

create or replace view report.clients as
select d.day, f.host, f.path, d.edge, d.class, d.value as client, d.downloads, d.bytes
from tally_dimensions d
join files f on f.id = d.file_id
where d.dimension = 'client';

comment on view report.clients is 'Downloads by program (browser, curl, apt ...), per UTC day and file.';

create or replace view report.countries as
select d.day, f.host, f.path, d.edge, d.class, d.value as country, d.downloads, d.bytes
from tally_dimensions d
join files f on f.id = d.file_id
where d.dimension = 'country';

comment on view report.countries is 'Downloads by country, where NGINX knows it, per UTC day and file.';
