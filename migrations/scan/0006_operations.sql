-- What the platform's staff see where scans do not go on: keys, numbers and times, nothing of what
-- an organization owns. Over every organization, so only through functions.

-- Jobs that have not ended, by organization: who waits behind whom.
create function scan.queue_by_organization(p_limit integer)
returns table (tenant_key text, waiting bigint, running bigint, processing bigint,
               oldest_waiting_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select j.tenant_key,
           count(*) filter (where j.state = 'queued'),
           count(*) filter (where j.state = 'running'),
           count(*) filter (where j.state = 'processing'),
           min(j.created_at) filter (where j.state = 'queued')
    from scan.jobs j
    where j.state in ('queued', 'running', 'processing')
    group by j.tenant_key
    order by 2 desc, 3 desc, 1
    limit least(p_limit, 1000)
$$;

-- Workers that hold jobs, and those of private pools that said lately that they are there.
create function scan.workers_seen(p_limit integer)
returns table (worker_id text, pool text, jobs bigint, heard_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select s.worker_id, s.pool, sum(s.jobs)::bigint, max(s.heard_at)
    from (
        select j.worker_id, r.pool, 1 as jobs, coalesce(j.heartbeat_at, j.started_at) as heard_at
        from scan.jobs j
        join scan.runs r on r.tenant_key = j.tenant_key and r.id = j.run_id
        where j.state = 'running'
        union all
        select w.worker_id, w.pool_id, 0, w.heard_at
        from scan.pool_workers w
        where w.heard_at > now() - interval '1 hour'
    ) s
    group by s.worker_id, s.pool
    order by 4, 1
    limit least(p_limit, 1000)
$$;

-- Runs that do not go on, with what is wrong. `p_silence`: how long a worker, or results, may say
-- nothing. `p_wait`: how long a job may wait while nobody works on its run.
create function scan.runs_stuck(p_silence interval, p_wait interval)
returns table (tenant_key text, id text, kind text, state text, pool text, problem text,
               waiting bigint, running bigint, silent bigint, processing bigint,
               created_at timestamptz, deadline_at timestamptz, heard_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select s.tenant_key, s.id, s.kind, s.state, s.pool, s.problem, s.waiting, s.running, s.silent,
           s.processing, s.created_at, s.deadline_at, s.heard_at
    from (
        select r.tenant_key, r.id, r.kind, r.state, r.pool, r.created_at, r.deadline_at, j.heard_at,
               j.waiting, j.running, j.silent, j.processing,
               case
                   when r.deadline_at <= now() then 'past_deadline'
                   when j.waiting + j.running + j.processing = 0
                        and coalesce(j.ended_at, r.created_at) < now() - p_silence then 'not_settled'
                   when j.silent > 0 then 'worker_silent'
                   when j.unapplied > 0 then 'not_applied'
                   when j.waiting > 0 and j.running = 0 and j.waits_since < now() - p_wait then 'not_taken'
               end as problem
        from scan.runs r
        cross join lateral (
            select count(*) filter (where j.state = 'queued') as waiting,
                   count(*) filter (where j.state = 'running') as running,
                   count(*) filter (where j.state = 'running'
                       and coalesce(j.heartbeat_at, j.started_at) < now() - p_silence) as silent,
                   count(*) filter (where j.state = 'processing') as processing,
                   count(*) filter (where j.state = 'processing'
                       and coalesce(j.heartbeat_at, j.started_at) < now() - p_silence) as unapplied,
                   max(coalesce(j.heartbeat_at, j.started_at)) as heard_at,
                   max(j.finished_at) as ended_at,
                   greatest(min(j.created_at) filter (where j.state = 'queued'), max(j.finished_at))
                       as waits_since
            from scan.jobs j
            where j.tenant_key = r.tenant_key and j.run_id = r.id
        ) j
        where r.state in ('created', 'queued', 'running', 'processing')
    ) s
    where s.problem is not null
$$;

-- A page of them, oldest first.
create function scan.runs_stuck_page(p_silence interval, p_wait interval, p_after timestamptz,
                                     p_after_id text, p_limit integer)
returns table (tenant_key text, id text, kind text, state text, pool text, problem text,
               waiting bigint, running bigint, silent bigint, processing bigint,
               created_at timestamptz, deadline_at timestamptz, heard_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select s.*
    from scan.runs_stuck(p_silence, p_wait) s
    where p_after is null or (s.created_at, s.id) > (p_after, p_after_id)
    order by s.created_at, s.id
    limit least(p_limit, 1000)
$$;

-- Whose run it is, of those that go on: a key.
create function scan.tenant_of_live_run(p_run text)
returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select r.tenant_key from scan.runs r
    where r.id = p_run and r.state in ('created', 'queued', 'running', 'processing')
$$;
revoke all on function scan.queue_by_organization(integer), scan.workers_seen(integer),
    scan.runs_stuck(interval, interval),
    scan.runs_stuck_page(interval, interval, timestamptz, text, integer),
    scan.tenant_of_live_run(text) from public;
grant execute on function scan.queue_by_organization(integer), scan.workers_seen(integer),
    scan.runs_stuck(interval, interval),
    scan.runs_stuck_page(interval, interval, timestamptz, text, integer),
    scan.tenant_of_live_run(text) to wt_scan_orchestrator;
