-- Summaries of runs: asked for, written, kept as artifacts.
create table report.reports (
    tenant_key      text        not null,
    id              text        not null,
    run_id          text        not null,
    state           text        not null default 'requested' check (state in ('requested', 'ready', 'failed')),
    reason          text        not null default '',
    title           text        not null default '',
    requested_by    text        not null,
    -- Where the two forms lie in the object store; set together, when ready.
    markdown_key    text,
    html_key        text,
    attempts        integer     not null default 0,
    next_attempt_at timestamptz not null default now(),
    last_error      text        not null default '',
    created_at      timestamptz not null default now(),
    ready_at        timestamptz,
    primary key (tenant_key, id),
    check ((state = 'ready') = (ready_at is not null and markdown_key is not null and html_key is not null))
);
-- Asking again while one is being written gives the same one.
create unique index report_under_way_once on report.reports (tenant_key, run_id) where state = 'requested';
create index reports_due on report.reports (next_attempt_at) where state = 'requested';
create index reports_page on report.reports (tenant_key, created_at desc, id desc);

call platform.isolate('report.reports');
grant select, insert, update on report.reports to wt_ai_report;
call platform.give_outbox('report', 'wt_ai_report');

-- Hands out reports to write for a while, whoever's they are; one that is not settled by then is
-- handed out again. Returns keys only: contents are read in the tenant's own transaction.
create function report.claim_reports(p_limit integer, p_lease interval)
returns table (tenant_key text, id text)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    with due as (
        select r.tenant_key, r.id from report.reports r
        where r.state = 'requested' and r.next_attempt_at <= now()
        order by r.next_attempt_at
        limit least(p_limit, 100)
        for update skip locked
    )
    update report.reports r
    set next_attempt_at = now() + p_lease, attempts = r.attempts + 1
    from due where r.tenant_key = due.tenant_key and r.id = due.id
    returning r.tenant_key, r.id
$$;
revoke all on function report.claim_reports(integer, interval) from public;
grant execute on function report.claim_reports(integer, interval) to wt_ai_report;
