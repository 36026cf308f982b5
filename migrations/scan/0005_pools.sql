-- Private pools: workers of an organization's own, for itself and those below it.
create table scan.pools (
    tenant_key      text        not null,
    id              text        not null,
    -- Who pays: the plan's number of pools is counted over the payer's whole tree.
    root_tenant_key text        not null,
    name            text        not null,
    -- Takes the runs of the organization, and of those below without a default of their own, that
    -- name no pool.
    is_default      boolean     not null default false,
    version         bigint      not null default 1,
    created_by      text        not null,
    created_at      timestamptz not null default now(),
    -- When one of its workers was heard of last.
    last_heard_at   timestamptz,
    constraint pools_pk primary key (tenant_key, id),
    constraint pool_name_once unique (tenant_key, name)
);
create unique index pool_default_once on scan.pools (tenant_key) where is_default;
create index pools_by_id on scan.pools (id);
create index pools_of_root on scan.pools (root_tenant_key);

-- Workers that were heard of lately; the pool remembers the last time for longer.
create table scan.pool_workers (
    tenant_key text        not null,
    pool_id    text        not null,
    worker_id  text        not null,
    heard_at   timestamptz not null default now(),
    constraint pool_workers_pk primary key (tenant_key, pool_id, worker_id),
    constraint pool_workers_pool foreign key (tenant_key, pool_id)
        references scan.pools (tenant_key, id) on delete cascade
);
call platform.isolate('scan.pools');
call platform.isolate('scan.pool_workers');
grant select, insert, update, delete on scan.pools to wt_scan_orchestrator;
grant select on scan.pool_workers to wt_scan_orchestrator;

alter table scan.runs
    -- Who takes its jobs: `shared` or a pool's id.
    add column pool      text not null default 'shared',
    -- What the pool was called when the run was requested.
    add column pool_name text not null default '';
create index runs_live_of_pool on scan.runs (pool)
    where pool <> 'shared' and state in ('created', 'queued', 'running', 'processing');

-- How many pools a payer's tree has, with the number held until the end of the transaction: of two
-- that want the last place at once, the second counts the first. A number, nothing about whose.
create function scan.hold_pools(p_root text)
returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('scan.pools ' || p_root, 0));
    return (select count(*) from scan.pools p where p.root_tenant_key = p_root);
end
$$;

-- How many pools a payer's tree has, for people to read.
create function scan.count_pools(p_root text)
returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select count(*) from scan.pools p where p.root_tenant_key = p_root
$$;

-- The pools an organization may use: its own and those of the organizations above it, which the
-- tenant service names (`p_above`: itself first, then upwards). Waiting jobs are counted over
-- everybody for whose pool it is, and of its own runs for who is below.
create function scan.pools_seen(p_above text[])
returns table (tenant_key text, id text, name text, is_default boolean, version bigint,
               created_at timestamptz, last_heard_at timestamptz, workers bigint, waiting bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select p.tenant_key, p.id, p.name, p.is_default, p.version, p.created_at, p.last_heard_at,
           (select count(*) from scan.pool_workers w
            where w.tenant_key = p.tenant_key and w.pool_id = p.id
              and w.heard_at > now() - interval '1 minute'),
           (select count(*)
            from scan.runs r
            join scan.jobs j on j.tenant_key = r.tenant_key and j.run_id = r.id and j.state = 'queued'
            where r.pool = p.id and r.pool <> 'shared'
              and r.state in ('created', 'queued', 'running', 'processing')
              and (p.tenant_key = p_above[1] or r.tenant_key = p_above[1]))
    from unnest(p_above) with ordinality as u (tenant_key, nth)
    join scan.pools p on p.tenant_key = u.tenant_key
    order by u.nth, lower(p.name), p.id
$$;

-- The pool a run goes to: the one named, if the organization or one above it has it; without a
-- name, the default of the nearest organization that has one.
create function scan.pool_for(p_pool text, p_above text[])
returns table (id text, name text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select p.id, p.name
    from unnest(p_above) with ordinality as u (tenant_key, nth)
    join scan.pools p on p.tenant_key = u.tenant_key
    where case when p_pool = '' then p.is_default else p.id = p_pool end
    order by u.nth
    limit 1
$$;

-- Keeps a pool from being removed until the end of the transaction; false when there is none.
create function scan.hold_pool(p_pool text)
returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform 1 from scan.pools p where p.id = p_pool for share;
    return found;
end
$$;

-- Runs that have not ended and use a pool, whoever's: ids of the caller's own and how many others.
create function scan.runs_of_pool(p_tenant_key text, p_pool text)
returns table (own text[], others bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select coalesce((array_agg(r.id order by r.id) filter (where r.tenant_key = p_tenant_key))[1:5],
                    '{}'::text[]),
           count(*) filter (where r.tenant_key <> p_tenant_key)
    from scan.runs r
    where r.pool = p_pool and r.pool <> 'shared'
      and r.state in ('created', 'queued', 'running', 'processing')
$$;

-- How the workers of a pool were heard of, for whoever has a run there.
create function scan.pool_heard(p_pool text)
returns table (name text, last_heard_at timestamptz, workers bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select p.name, p.last_heard_at,
           (select count(*) from scan.pool_workers w
            where w.tenant_key = p.tenant_key and w.pool_id = p.id
              and w.heard_at > now() - interval '1 minute')
    from scan.pools p
    where p.id = p_pool
$$;

-- Notes which workers were heard of; unknown pools are nobody's. At most 256 workers of a pool are
-- kept, so that a worker that makes up names fills nothing.
create function scan.note_workers(p_pools text[], p_workers text[])
returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update scan.pools p set last_heard_at = now() where p.id = any(p_pools);
    delete from scan.pool_workers w
    using scan.pools p
    where p.id = any(p_pools) and w.tenant_key = p.tenant_key and w.pool_id = p.id
      and w.heard_at < now() - interval '1 hour';
    insert into scan.pool_workers as w (tenant_key, pool_id, worker_id)
    select p.tenant_key, p.id, h.worker_id
    from (select distinct u.pool, u.worker_id from unnest(p_pools, p_workers) as u (pool, worker_id)) h
    join scan.pools p on p.id = h.pool
    where (select count(*) from scan.pool_workers k
           where k.tenant_key = p.tenant_key and k.pool_id = p.id) < 256
       or exists (select from scan.pool_workers k
                  where k.tenant_key = p.tenant_key and k.pool_id = p.id
                    and k.worker_id = h.worker_id)
    on conflict on constraint pool_workers_pk do update set heard_at = now();
end
$$;
revoke all on function scan.hold_pools(text), scan.count_pools(text), scan.pools_seen(text[]),
    scan.pool_for(text, text[]), scan.hold_pool(text), scan.runs_of_pool(text, text),
    scan.pool_heard(text), scan.note_workers(text[], text[]) from public;
grant execute on function scan.hold_pools(text), scan.count_pools(text), scan.pools_seen(text[]),
    scan.pool_for(text, text[]), scan.hold_pool(text), scan.runs_of_pool(text, text),
    scan.pool_heard(text), scan.note_workers(text[], text[]) to wt_scan_orchestrator;
