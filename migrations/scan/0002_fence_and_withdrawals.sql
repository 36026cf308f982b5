-- The fence in the database itself, what withdrawn proofs end, and what a repeated request is told.

-- What could not be scanned, as the first answer to the request said it.
alter table scan.runs add column refused jsonb not null default '[]';

alter table scan.jobs
    -- One for one with authorization_ids: which asset rests on which proof. Empty for older jobs.
    add column asset_ids text[] not null default '{}',
    -- The attempt whose report the job is in its state for.
    add column reported_attempt integer,
    add constraint job_fence check (reported_attempt is null or reported_attempt = attempt),
    add constraint job_attempts check (attempt between 0 and attempt_ceiling);
create index jobs_assets on scan.jobs using gin (asset_ids) where state in ('queued', 'running');

-- The newest withdrawn proof of each asset; proofs' ids are ordered by time (ULID), and those
-- before it ended with it.
create table scan.withdrawals (
    tenant_key       text        not null,
    asset_id         text        not null,
    authorization_id text        not null,
    withdrawn_at     timestamptz not null default now(),
    primary key (tenant_key, asset_id)
);
call platform.isolate('scan.withdrawals');
grant select, insert, update on scan.withdrawals to wt_scan_orchestrator;

-- The fence, whatever statement is written one day: attempts are counted one by one, only the
-- newest may report, a job that ended stays as it ended, and what was signed stays signed.
create function scan.job_fence() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    refused text;
begin
    if old.state in ('completed', 'failed', 'cancelled') then
        refused := 'the job ended';
    elsif new.attempt <> old.attempt
        and (new.attempt <> old.attempt + 1 or new.state <> 'running' or old.state not in ('queued', 'running'))
    then
        refused := 'attempts are handed out one by one';
    elsif new.state <> old.state and new.state in ('processing', 'completed')
        and new.reported_attempt is distinct from old.attempt
    then
        refused := 'only the newest attempt reports';
    elsif new.accepted is distinct from old.accepted and (old.state, new.state) <> ('running', 'processing') then
        refused := 'a result is accepted once';
    else
        return new;
    end if;
    raise exception 'job %: %', old.id, refused using errcode = '23514', constraint = 'job_fence';
end
$$;
-- Named to run before job_moves: a refused step leaves no line.
create trigger job_fence before update on scan.jobs
    for each row execute function scan.job_fence();

create function scan.job_stays_signed() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception 'job %: what was signed does not change', old.id
        using errcode = '23514', constraint = 'job_fence';
end
$$;
-- Fires by the columns a statement names, so that the others do not pay for comparing bytes.
create trigger job_stays_signed
    before update of tenant_key, id, run_id, envelope, authorization_ids, asset_ids, attempt_ceiling on scan.jobs
    for each row execute function scan.job_stays_signed();

-- How many jobs wait, over every organization: for the operator's gauge, no keys at all.
create function scan.jobs_by_state()
returns table (state text, jobs bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select s.state, count(j.id)
    from unnest(array['queued', 'running', 'processing']) as s (state)
    left join scan.jobs j on j.state = s.state and j.state in ('queued', 'running', 'processing')
    group by s.state
$$;
revoke all on function scan.jobs_by_state() from public;
grant execute on function scan.jobs_by_state() to wt_scan_orchestrator;
