-- Where a token's links carry what they say, and how many leading segments of its paths they cover; null: the path, or
-- all below it where it ends in '/'.
alter table tokens
    add column form text not null default 'query' check (form in ('query', 'path', 'cookie')),
    add column prefix integer check (prefix between 1 and 16);
