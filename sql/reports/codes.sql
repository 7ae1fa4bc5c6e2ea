-- Batches of codes for people to type: how many uses there are, how many are held or spent. The codes themselves are
-- not shown: the database holds only their digests.
create or replace view report.codes as
select
    b.id as batch_id, b.label, b.title, b.paths, b.created_at, b.redeem_until, b.revoked_at,
    c.codes, c.uses, c.held, c.spent, c.redeemed_codes, c.revoked_codes
from code_batches b
cross join lateral (
    select count(*) as codes, coalesce(sum(uses), 0)::bigint as uses, coalesce(sum(held), 0)::bigint as held,
        coalesce(sum(spent), 0)::bigint as spent, count(*) filter (where held + spent > 0) as redeemed_codes,
        count(*) filter (where revoked_at is not null) as revoked_codes
    from codes where batch_id = b.id
) c;

comment on view report.codes is 'Batches of printed codes with their uses: held, spent, and how many there are.';
