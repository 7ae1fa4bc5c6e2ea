-- Different visitors of a UTC day: who downloaded anything, and who downloaded a file. Nobody is recognised the next
-- day, so the sum over days is not a number of people: it is called visitor_days. Distinct counts do not add up over
-- files. The agent writes them with the dimensions, so the last minutes may be missing.
create or replace view report.visitors as
select day, class, visitors
from tally_visitors;

comment on view report.visitors is
    'Different visitors who downloaded anything on a UTC day. Not the sum over files: who fetches two files is one.';

create or replace view report.file_visitors as
select v.day, f.host, f.path, v.class, v.visitors
from tally_file_visitors v
join files f on f.id = v.file_id;

comment on view report.file_visitors is
    'Different visitors who downloaded a file on a UTC day. Do not add them up over files: see report.visitors.';

create or replace view report.visitor_days as
select date_trunc('month', day at time zone 'UTC')::date as month, class, sum(visitors)::bigint as visitor_days
from tally_visitors
group by 1, class;

comment on view report.visitor_days is
    'The visitors of each day of a UTC month, added up: who came on three days is three.';
