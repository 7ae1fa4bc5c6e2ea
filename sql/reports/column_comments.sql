-- Puts a comment on every column of every view. A column name means the same in every view, so it is explained once.
-- A column without an explanation here stops the migration.
do $$
declare
    glossary constant jsonb := jsonb_object(array[
        ['agent', 'The user agent as it was sent, cut to 512 characters.'],
        ['batch_id', 'The batch.'],
        ['bucket', 'Beginning of 15 minutes; what began in them is counted here.'],
        ['bytes', 'Bytes that NGINX sent. Whether they arrived no server can know.'],
        ['charged', 'Copies that a limit is charged with: all but the first whole one of each file that bots fetched.'],
        ['class', 'person, tool (curl, wget, apt ...) or bot; never added together.'],
        ['client', 'The program, from the user agent: Firefox, curl, apt ...'],
        ['codes', 'Codes of the batch.'],
        ['copies_left', 'Copies of the file that the token still yields. Empty: as many as one likes.'],
        ['completed', 'Downloads whose byte ranges together cover the file (complete_ratio); true: this one does. '
            'Of a token also a file that several visitors covered together. Empty: not known, for no size is.'],
        ['copies', 'Of completed transfers: bytes sent divided by the size of the file, rounded down, at least 1. '
            'Empty: not known.'],
        ['country', 'Two letters, where NGINX is told how to know; else empty.'],
        ['covered', 'Different bytes of the file that were sent.'],
        ['created_at', 'When this row was made.'],
        ['customer', 'The reference the token was issued with.'],
        ['day', 'A UTC day.'],
        ['download', 'Whether it received at least count_min_bytes.'],
        ['downloads', 'Transfers that received at least count_min_bytes of the file.'],
        ['edge', 'The NGINX host that served it.'],
        ['ended_at', 'When its last request ended.'],
        ['ends_at', 'From when on a token whose limit is spent is refused; until then it may resume.'],
        ['etag', 'Entity tag of this version of the file.'],
        ['expires_at', 'Last moment a download may begin.'],
        ['finish_by', 'Last moment a download that began may resume.'],
        ['first_bucket', 'The first 15 minutes with a request.'],
        ['held', 'Uses that were redeemed and are neither spent nor released.'],
        ['host', 'The site, as in the address.'],
        ['key_id', 'The key of the signature; empty: unsigned.'],
        ['kind', 'Of a log: file, stream or history. Of a denial: t a token, v a visitor.'],
        ['label', 'The label it was issued with.'],
        ['lag_bytes', 'Bytes of the log that were seen and not yet read.'],
        ['last_at', 'When the last request ended.'],
        ['last_bucket', 'The last 15 minutes with a request.'],
        ['line', 'Number of the line in its log, from 1.'],
        ['lines', 'Lines read, or of this reason; of a log always requests + rejects.'],
        ['max_copies', 'Copies that may be taken with it; empty: no limit.'],
        ['month', 'First day of a UTC month.'],
        ['path', 'Of a file: decoded path. Of a log: where it was last seen.'],
        ['paths', 'What it opens, decoded; one that ends in / stands for all below it.'],
        ['position', 'Bytes read of the uncompressed log; of a reject: where its line begins.'],
        ['reason', 'Why.'],
        ['redeem_until', 'Last moment its codes may be redeemed; empty: no end.'],
        ['redeemed_codes', 'Codes with at least one use held or spent.'],
        ['referrer_host', 'Host of the page that linked to it; empty: none was told.'],
        ['rejects', 'Lines that were not counted.'],
        ['requests', 'Accepted GETs that were answered with 200 or 206.'],
        ['requests_30_days', 'Requests of the last 30 UTC days.'],
        ['revoked_codes', 'Codes that were revoked one by one.'],
        ['revoked_at', 'When it was revoked.'],
        ['rule', 'What made it a person, a tool or a bot; empty: tallygate reclassify tells it.'],
        ['sample', 'How the line begins.'],
        ['seen_size', 'Size of the log when it was last looked at.'],
        ['size', 'Bytes of the whole file; 0: not known.'],
        ['size_unknown', 'Downloads of a file of unknown size: nobody knows whether they completed.'],
        ['source_id', 'The log.'],
        ['spent', 'Copies, or uses of codes, taken so far; empty: no limit.'],
        ['spent_by', 'What used up the limit: copies; or bytes, sent in pieces that never made so many copies.'],
        ['started_at', 'When its first request began.'],
        ['starts_at', 'Since when it is refused.'],
        ['subject', 'The token, or the visitor as in the records.'],
        ['title', 'What cards and pages show.'],
        ['token_id', 'The token the link carried; empty: none.'],
        ['until', 'How long it is refused; empty: for good.'],
        ['updated_at', 'When this row was last changed.'],
        ['uses', 'How often all codes of the batch together may be used.'],
        ['visitor', 'Keyed hash of address and user agent; the key lives one UTC day.'],
        ['visitor_days', 'The different visitors of each day, added up over days: who came on three days is three.'],
        ['visitors', 'Different visitors, each of one UTC day.']
    ]);
    item record;
begin
    for item in
        select c.relname, a.attname from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'report'::regnamespace and c.relkind = 'v' and a.attnum > 0 and not a.attisdropped
    loop
        if not glossary ? item.attname then
            raise exception 'report.%.% has no comment: add it to column_comments.sql', item.relname, item.attname;
        end if;
        execute format('comment on column report.%I.%I is %L',
            item.relname, item.attname, glossary ->> item.attname);
    end loop;
end
$$;
