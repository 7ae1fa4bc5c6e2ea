-- So that a batch can be printed again: each code encrypted under a key that is not in the database. It goes when the
-- code is redeemed or revoked. No index: redeeming changes this column, and an index would cost each redemption.
alter table codes add column sealed bytea;
--> statement-breakpoint
-- Whether codes of the batch may be sealed: housekeeping looks at these alone.
alter table code_batches add column sealed boolean not null default false;
