-- Runs, their jobs, and every transition of both (contracts §2).
create table scan.run_counters (
    tenant_key text   primary key,
    last_seq   bigint not null
);

create table scan.runs (
    tenant_key      text        not null,
    id              text        not null,
    -- Order among the organization's runs: a late result of an older run never overrides a newer one.
    seq             bigint      not null,
    kind            text        not null check (kind in ('scheduled', 'on_demand', 'verify')),
    profile         text        not null check (profile in ('fast_recheck', 'baseline', 'verify', 'deep')),
    policy          text        not null check (policy in ('passive', 'safe', 'intrusive')),
    state           text        not null check (state in
        ('created', 'queued', 'running', 'processing', 'completed', 'partial', 'failed', 'cancelled')),
    -- Why it is in its state, for a person.
    reason          text        not null default '',
    asset_ids       text[]      not null,
    exposure_keys   text[]      not null default '{}',
    requested_by    text        not null,
    idempotency_key text,
    -- SHA-256 of the request the idempotency key came with.
    request_hash    bytea,
    jobs_total      integer     not null,
    cells_planned   bigint      not null,
    created_at      timestamptz not null default now(),
    started_at      timestamptz,
    finished_at     timestamptz,
    -- When the run fails by itself: no state without an end.
    deadline_at     timestamptz not null,
    primary key (tenant_key, id),
    unique (tenant_key, seq)
);
create unique index run_once_per_key on scan.runs (tenant_key, idempotency_key) where idempotency_key is not null;
create index runs_page on scan.runs (tenant_key, created_at desc, id desc);
create index runs_due on scan.runs (deadline_at) where state in ('created', 'queued', 'running', 'processing');

create table scan.jobs (
    tenant_key        text        not null,
    id                text        not null,
    run_id            text        not null,
    state             text        not null check (state in
        ('queued', 'running', 'processing', 'completed', 'failed', 'cancelled')),
    reason            text        not null default '',
    -- The newest attempt handed out; 0 before the first (docs/decisions/0002).
    attempt           integer     not null default 0,
    attempt_ceiling   integer     not null,
    worker_id         text        not null default '',
    hosts             integer     not null,
    cells_planned     bigint      not null,
    cells_settled     bigint      not null default 0,
    authorization_ids text[]      not null,
    -- The signed job, encoded.
    envelope          bytea       not null,
    -- The accepted result as it was announced, encoded, without the job: announced again until
    -- it is applied.
    accepted          bytea,
    dispatches        integer     not null default 1,
    dispatched_at     timestamptz not null default now(),
    heartbeat_at      timestamptz,
    created_at        timestamptz not null default now(),
    started_at        timestamptz,
    finished_at       timestamptz,
    primary key (tenant_key, id),
    foreign key (tenant_key, run_id) references scan.runs (tenant_key, id)
);
create index jobs_of_run on scan.jobs (tenant_key, run_id, id);
create index jobs_live on scan.jobs (dispatched_at) where state in ('queued', 'running', 'processing');
create index jobs_authorizations on scan.jobs using gin (authorization_ids) where state in ('queued', 'running');

-- Append-only: written by the triggers below, changed by nobody.
create table scan.transitions (
    tenant_key text        not null,
    seq        bigint      generated always as identity,
    run_id     text        not null,
    -- Empty for the run itself.
    job_id     text        not null default '',
    from_state text        not null,
    to_state   text        not null,
    cause      text        not null,
    at         timestamptz not null default clock_timestamp(),
    primary key (tenant_key, seq)
);
create index transitions_of_run on scan.transitions (tenant_key, run_id, seq);

create function scan.run_moves() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'UPDATE' and old.state = new.state then
        return new;
    end if;
    if tg_op = 'INSERT' then
        if new.state <> 'created' then
            raise exception 'a run begins as created' using errcode = '23514', constraint = 'run_transition';
        end if;
        insert into scan.transitions (tenant_key, run_id, from_state, to_state, cause)
        values (new.tenant_key, new.id, '', new.state, new.reason);
        return new;
    end if;
    if (old.state, new.state) not in (
        ('created', 'queued'), ('created', 'failed'), ('created', 'cancelled'),
        ('queued', 'running'), ('queued', 'processing'), ('queued', 'failed'), ('queued', 'cancelled'),
        ('running', 'processing'), ('running', 'failed'), ('running', 'cancelled'),
        ('processing', 'completed'), ('processing', 'partial'), ('processing', 'failed')
    ) then
        raise exception 'a run may not go from % to %', old.state, new.state
            using errcode = '23514', constraint = 'run_transition';
    end if;
    insert into scan.transitions (tenant_key, run_id, from_state, to_state, cause)
    values (new.tenant_key, new.id, old.state, new.state, new.reason);
    return new;
end
$$;
create trigger run_moves before insert or update of state on scan.runs
    for each row execute function scan.run_moves();

create function scan.job_moves() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    -- A second attempt leaves the state but is worth a line.
    if old.state = new.state and old.attempt = new.attempt then
        return new;
    end if;
    if old.state <> new.state and (old.state, new.state) not in (
        ('queued', 'running'), ('queued', 'failed'), ('queued', 'cancelled'),
        ('running', 'queued'), ('running', 'processing'), ('running', 'failed'), ('running', 'cancelled'),
        ('processing', 'completed'), ('processing', 'failed')
    ) then
        raise exception 'a job may not go from % to %', old.state, new.state
            using errcode = '23514', constraint = 'job_transition';
    end if;
    insert into scan.transitions (tenant_key, run_id, job_id, from_state, to_state, cause)
    values (new.tenant_key, new.run_id, new.id, old.state, new.state, new.reason);
    return new;
end
$$;
create trigger job_moves before update of state, attempt on scan.jobs
    for each row execute function scan.job_moves();

call platform.isolate('scan.run_counters');
call platform.isolate('scan.runs');
call platform.isolate('scan.jobs');
call platform.isolate('scan.transitions');
grant select, insert, update on scan.run_counters, scan.runs, scan.jobs to wt_scan_orchestrator;
grant select, insert on scan.transitions to wt_scan_orchestrator;
call platform.give_outbox('scan', 'wt_scan_orchestrator');

-- Runs whose deadline passed: keys only.
create function scan.runs_past_deadline(p_limit integer)
returns table (tenant_key text, run_id text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select r.tenant_key, r.id
    from scan.runs r
    where r.state in ('created', 'queued', 'running', 'processing') and r.deadline_at <= now()
    order by r.deadline_at
    limit least(p_limit, 1000)
$$;

-- Jobs nobody was heard of for a while, whatever the broker still holds: keys only.
create function scan.jobs_without_progress(p_silence interval, p_limit integer)
returns table (tenant_key text, job_id text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select j.tenant_key, j.id
    from scan.jobs j
    where j.state in ('queued', 'running', 'processing')
      and greatest(j.dispatched_at, coalesce(j.heartbeat_at, j.dispatched_at))
          -- Each time longer, so that a job that only waits in line does not flood it.
          < now() - p_silence * power(2, least(j.dispatches - 1, 6))
    order by j.dispatched_at
    limit least(p_limit, 1000)
$$;
revoke all on function scan.runs_past_deadline(integer), scan.jobs_without_progress(interval, integer) from public;
grant execute on function scan.runs_past_deadline(integer), scan.jobs_without_progress(interval, integer)
    to wt_scan_orchestrator;
