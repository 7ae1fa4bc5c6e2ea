-- Which address a visitor had, only where privacy.address says that addresses are kept, and for privacy.address_days.
-- No report reads it but the leeches page, and the reader's role may not.
create table visitor_addresses (
    visitor bigint not null,
    edge text not null,
    -- an address, or a network such as 203.0.113.0/24
    address text not null,
    seen_at timestamptz not null,
    primary key (visitor, edge, address)
);
--> statement-breakpoint
create index visitor_addresses_seen on visitor_addresses (edge, seen_at);
