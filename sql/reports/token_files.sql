-- A limit holds for each file of a token. Each file that a token names, and of its folders each that was fetched:
-- how many copies are spent and left, and from when on it is refused. Filter by token_id.
--
-- By which name a file is denied is said in app/denials/subjects.ts, and here once more.
create or replace view report.token_files as
select
    k.id as token_id, p.path, k.max_copies,
    used.spent,
    case when k.max_copies is not null then
        case when d.subject is null then greatest(k.max_copies - used.spent, 0) else 0 end
    end as copies_left,
    used.requests, used.bytes, d.spent_by, d.starts_at as ends_at, used.last_at
from tokens k
cross join lateral (
    select path from unnest(k.paths) path where path not like '%/'
    union
    select f.path from token_usage u join files f on f.id = u.file_id where u.token_id = k.id
) p
cross join lateral (
    -- The first whole copy that bots fetched spends nothing (app/denials/denials.ts).
    select coalesce(sum(u.copies)
            - case when sum(u.copies) > 0 and sum(u.bot_sent) >= max(u.size) then 1 else 0 end, 0)::bigint as spent,
        coalesce(sum(u.requests), 0)::bigint as requests,
        coalesce(sum(u.sent), 0)::bigint as bytes, max(u.last_at) as last_at
    from token_usage u join files f on f.id = u.file_id
    where u.token_id = k.id and f.path = p.path
) used
cross join lateral (
    select case
        when k.prefix is null and array_position(k.paths, p.path) is not null then
            case when cardinality(k.paths) = 1 then k.id else k.id || '-' || array_position(k.paths, p.path) end
        when k.prefix is null and not exists (select from unnest(k.paths) folder
                                              where folder like '%/' and starts_with(p.path, folder)) then k.id
        else k.id || '.'
            || left(translate(encode(sha256(convert_to(left(p.path, 4096), 'UTF8')), 'base64'), '+/', '-_'), 22)
    end as name
) denied
left join denials d on d.kind = 't' and d.subject = denied.name and d.spent_by is not null;

comment on view report.token_files is
    'Files of issued tokens: the copies of each that are spent and left, by persons, tools and bots together.';
