-- Each organization's append-only ledger: leaves, tree and signed heads (contracts §7).

-- One row per organization; its lock orders appends, and with them the results of one
-- organization.
create table results.trees (
    tenant_key text    not null,
    size       bigint  not null,
    -- Roots of the full subtrees, largest first.
    peaks      bytea[] not null,
    constraint trees_pk primary key (tenant_key)
);
call platform.isolate('results.trees');
grant select, insert, update on results.trees to wt_results;

create table results.leaves (
    tenant_key text   not null,
    index      bigint not null,
    hash       bytea  not null,
    -- event or packet
    kind       text   not null,
    ref        text   not null,
    constraint leaves_pk primary key (tenant_key, index),
    constraint leaf_kind check (kind in ('event', 'packet'))
);
call platform.isolate('results.leaves');
-- Append only.
grant select, insert on results.leaves to wt_results;

create table results.heads (
    tenant_key text        not null,
    tree_size  bigint      not null,
    root_hash  bytea       not null,
    -- RFC 3339, exactly as it was signed.
    at         text        not null,
    key_id     text        not null,
    signature  text        not null,
    constraint heads_pk primary key (tenant_key, tree_size)
);
call platform.isolate('results.heads');
-- Append only.
grant select, insert on results.heads to wt_results;

create table results.packets (
    tenant_key text   not null,
    key        text   not null,
    -- Newest event and newest action it was made from: the same basis is the same packet.
    basis      text   not null,
    leaf_index bigint not null,
    -- Canonical JSON of the body, whose hash is the leaf.
    body       text   not null,
    constraint packets_pk primary key (tenant_key, key, basis)
);
call platform.isolate('results.packets');
grant select, insert on results.packets to wt_results;
