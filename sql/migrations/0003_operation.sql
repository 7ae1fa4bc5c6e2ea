-- One row for each agent, which it renews every ten seconds: told to people and to Prometheus, nothing rests on it.
create table agents (
    edge text not null,
    host text not null,
    seen_at timestamptz not null,
    -- bytes that lie in its logs and were not read yet
    unread bigint not null,
    -- files in its deny folder
    denied integer not null,
    -- since it started
    batches bigint not null,
    batch_seconds double precision not null,
    primary key (edge, host)
);
