-- When the earliest request of a transfer began: a record is written when a request ends, which for a download in one
-- piece is the only time there was. Null for what was counted before.
alter table transfers add column began_at timestamptz;
