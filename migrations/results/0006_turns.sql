-- What a replay needs: the order in which results, withdrawals and packets were taken, and what
-- each settled cell shows (contracts §6).

-- Counts what was done under the lock of an organization's tree: the one order of its history.
alter table results.trees add column turns bigint not null default 0;
-- 0: applied before turns were counted.
alter table results.applied add column turn bigint not null default 0;
create index applied_by_turn on results.applied (tenant_key, turn);

-- What retired exposures without a run: an asset that may no longer be looked at, a check that
-- left the catalogue.
create table results.withdrawals (
    tenant_key text        not null,
    turn       bigint      not null,
    kind       text        not null,
    -- The asset's or the check's id.
    ref        text        not null,
    -- Id of what was withdrawn, as the events' ids derive from it.
    cause      text        not null,
    -- The sentence people read.
    reason     text        not null,
    at         timestamptz not null,
    constraint withdrawals_pk primary key (tenant_key, turn),
    constraint withdrawal_kind check (kind in ('asset', 'check'))
);
call platform.isolate('results.withdrawals');
-- Append only.
grant select, insert on results.withdrawals to wt_results;

create index packets_by_leaf on results.packets (tenant_key, leaf_index);

-- Whether a cell proves by itself that nothing is there: only then it hides what an older run saw
-- and told late. Of absent cells the reason is kept beside the control.
alter table results.coverage
    add column control       text,
    add column confirmed     boolean not null default false,
    add column check_digests text[]  not null default '{}';

-- Roots of complete subtrees of 2^8, 2^16 and 2^24 leaves, so that a proof reads few rows whatever
-- the size of the tree.
create table results.nodes (
    tenant_key text     not null,
    level      smallint not null,
    index      bigint   not null,
    hash       bytea    not null,
    constraint nodes_pk primary key (tenant_key, level, index)
);
call platform.isolate('results.nodes');
-- Append only.
grant select, insert on results.nodes to wt_results;

-- Those of the ledgers that are there (RFC 6962 §2.1: a node is the hash of 1, left, right).
do $$
begin
    create temporary table growing on commit drop as
        select tenant_key, 0 as level, index, hash from results.leaves;
    for below in 0..23 loop
        insert into growing
            select l.tenant_key, below + 1, l.index / 2, sha256('\x01'::bytea || l.hash || r.hash)
            from growing l
            join growing r
              on r.tenant_key = l.tenant_key and r.level = below and r.index = l.index + 1
            where l.level = below and l.index % 2 = 0;
        delete from growing where level = below;
        insert into results.nodes
            select tenant_key, level, index, hash from growing
            where level = below + 1 and level in (8, 16, 24);
    end loop;
    drop table growing;
end
$$;
