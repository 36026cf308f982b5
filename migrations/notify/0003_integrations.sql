-- Webhooks and chats that are told of changes, and what was sent to them.
call platform.give_data_keys('notify', 'wt_notify');

create table notify.integrations (
    tenant_key      text        not null,
    id              text        not null,
    kind            text        not null check (kind in ('webhook', 'slack')),
    name            text        not null check (char_length(name) between 1 and 120),
    -- Sealed: who knows the address of a chat, or of many a receiver, may post there.
    address         bytea       not null,
    -- What people are shown of it: scheme, host and port.
    origin          text        not null,
    -- Sealed; what messages are signed with. Chats check no signature.
    secret          bytea       check ((secret is not null) = (kind = 'webhook')),
    -- The secret before the last rotation, which signs beside it for a while.
    old_secret      bytea,
    old_until       timestamptz,
    min_severity    text        not null check (min_severity in ('info', 'low', 'medium', 'high', 'critical')),
    -- Empty: every kind, every asset.
    events          text[]      not null check (cardinality(events) <= 20),
    asset_ids       text[]      not null check (cardinality(asset_ids) <= 100),
    enabled         boolean     not null,
    -- Why it is off, where nobody switched it off.
    disabled_reason text        not null default '' check (not enabled or disabled_reason = ''),
    -- Messages given up since one last arrived.
    failures        integer     not null default 0,
    last_sent_at    timestamptz,
    last_failed_at  timestamptz,
    -- Until when somebody is sending to it: one at a time, so that a slow one holds up only itself.
    busy_until      timestamptz not null default '-infinity',
    created_at      timestamptz not null default now(),
    updated_by      text        not null,
    updated_at      timestamptz not null default now(),
    primary key (tenant_key, id),
    check ((old_secret is null) = (old_until is null))
);

create table notify.integration_deliveries (
    tenant_key      text        not null,
    id              text        not null,
    integration_id  text        not null,
    -- The same for every attempt and replay.
    message_id      text        not null,
    -- None of a test.
    run_id          text,
    subject         text        not null,
    body            text        not null,
    state           text        not null default 'pending' check (state in ('pending', 'sent', 'failed')),
    attempts        integer     not null default 0,
    next_attempt_at timestamptz not null default now(),
    -- What the receiver answered last; 0 if it did not.
    last_status     integer     not null default 0,
    last_error      text        not null default '',
    created_at      timestamptz not null default now(),
    sent_at         timestamptz,
    primary key (tenant_key, id),
    -- One message per part of a run and integration, whatever is retried.
    constraint integration_message_once unique (tenant_key, integration_id, message_id),
    foreign key (tenant_key, integration_id) references notify.integrations (tenant_key, id) on delete cascade,
    check ((state = 'sent') = (sent_at is not null))
);
create index integration_deliveries_due on notify.integration_deliveries (next_attempt_at) where state = 'pending';
create index integration_deliveries_page
    on notify.integration_deliveries (tenant_key, integration_id, created_at desc, id desc);

call platform.isolate('notify.integrations');
call platform.isolate('notify.integration_deliveries');
grant select, insert, update, delete on notify.integrations, notify.integration_deliveries to wt_notify;

-- Hands out integrations with messages that are due, whoever's they are, each to one taker at a
-- time and at most `p_each` of one organization at once: slow receivers of one hold up no other.
-- Returns keys only: contents are read in the tenant's own transaction.
create function notify.claim_integrations(p_limit integer, p_each integer, p_lease interval)
returns table (tenant_key text, id text)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    with due as (
        select d.tenant_key, d.integration_id, min(d.next_attempt_at) as since
        from notify.integration_deliveries d
        where d.state = 'pending' and d.next_attempt_at <= now()
        group by d.tenant_key, d.integration_id
    ), ranked as (
        select i.tenant_key, i.id, due.since,
               row_number() over (partition by i.tenant_key order by due.since, i.id)
               + (select count(*) from notify.integrations b
                  where b.tenant_key = i.tenant_key and b.busy_until > now()) as place
        from due join notify.integrations i
          on i.tenant_key = due.tenant_key and i.id = due.integration_id
        where i.busy_until <= now()
    ), taken as (
        select i.tenant_key, i.id
        from ranked r join notify.integrations i on i.tenant_key = r.tenant_key and i.id = r.id
        where r.place <= p_each and i.busy_until <= now()
        order by r.place, r.since
        limit least(p_limit, 100)
        for update of i skip locked
    )
    update notify.integrations i
    set busy_until = now() + p_lease
    from taken where i.tenant_key = taken.tenant_key and i.id = taken.id
    returning i.tenant_key, i.id
$$;
revoke all on function notify.claim_integrations(integer, integer, interval) from public;
grant execute on function notify.claim_integrations(integer, integer, interval) to wt_notify;
