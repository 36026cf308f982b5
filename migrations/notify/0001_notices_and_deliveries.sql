-- Who is told what, and what became of telling them.
create table notify.settings (
    tenant_key    text        primary key,
    email_enabled boolean     not null,
    min_severity  text        not null check (min_severity in ('info', 'low', 'medium', 'high', 'critical')),
    -- Empty: every member.
    recipients    text[]      not null check (cardinality(recipients) <= 50),
    updated_by    text        not null,
    updated_at    timestamptz not null default now()
);

-- A run that ended and may be worth telling about.
create table notify.notices (
    tenant_key      text        not null,
    run_id          text        not null,
    run_kind        text        not null,
    profile         text        not null,
    run_state       text        not null,
    reason          text        not null,
    finished_at     timestamptz not null,
    -- quiet: nothing worth a mail changed, or nobody wants one.
    state           text        not null default 'pending' check (state in ('pending', 'composed', 'quiet', 'failed')),
    attempts        integer     not null default 0,
    next_attempt_at timestamptz not null default now(),
    last_error      text        not null default '',
    created_at      timestamptz not null default now(),
    primary key (tenant_key, run_id)
);
create index notices_due on notify.notices (next_attempt_at) where state = 'pending';

create table notify.deliveries (
    tenant_key      text        not null,
    id              text        not null,
    run_id          text        not null,
    channel         text        not null check (channel in ('email')),
    recipient       text        not null,
    subject         text        not null,
    body_text       text        not null,
    body_html       text        not null,
    state           text        not null default 'pending' check (state in ('pending', 'sent', 'failed')),
    attempts        integer     not null default 0,
    next_attempt_at timestamptz not null default now(),
    last_error      text        not null default '',
    created_at      timestamptz not null default now(),
    sent_at         timestamptz,
    primary key (tenant_key, id),
    -- One mail per run and recipient, whatever is retried.
    constraint delivery_once unique (tenant_key, run_id, channel, recipient),
    foreign key (tenant_key, run_id) references notify.notices (tenant_key, run_id),
    check ((state = 'sent') = (sent_at is not null))
);
create index deliveries_due on notify.deliveries (next_attempt_at) where state = 'pending';
create index deliveries_page on notify.deliveries (tenant_key, created_at desc, id desc);

call platform.isolate('notify.settings');
call platform.isolate('notify.notices');
call platform.isolate('notify.deliveries');
grant select, insert, update on notify.settings, notify.notices, notify.deliveries to wt_notify;
call platform.give_outbox('notify', 'wt_notify');

-- Hands out notices to compose for a while, whoever's they are; one that is not settled by then is
-- handed out again. Returns keys only: contents are read in the tenant's own transaction.
create function notify.claim_notices(p_limit integer, p_lease interval)
returns table (tenant_key text, run_id text)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    with due as (
        select n.tenant_key, n.run_id from notify.notices n
        where n.state = 'pending' and n.next_attempt_at <= now()
        order by n.next_attempt_at
        limit least(p_limit, 100)
        for update skip locked
    )
    update notify.notices n
    set next_attempt_at = now() + p_lease, attempts = n.attempts + 1
    from due where n.tenant_key = due.tenant_key and n.run_id = due.run_id
    returning n.tenant_key, n.run_id
$$;

-- The same for mails to send.
create function notify.claim_deliveries(p_limit integer, p_lease interval)
returns table (tenant_key text, id text)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    with due as (
        select d.tenant_key, d.id from notify.deliveries d
        where d.state = 'pending' and d.next_attempt_at <= now()
        order by d.next_attempt_at
        limit least(p_limit, 100)
        for update skip locked
    )
    update notify.deliveries d
    set next_attempt_at = now() + p_lease, attempts = d.attempts + 1
    from due where d.tenant_key = due.tenant_key and d.id = due.id
    returning d.tenant_key, d.id
$$;

revoke all on function notify.claim_notices(integer, interval), notify.claim_deliveries(integer, interval) from public;
grant execute on function notify.claim_notices(integer, interval), notify.claim_deliveries(integer, interval) to wt_notify;
