-- What a root organization pays for, and how many people it and everything below it has
-- (contracts §11, `/billing`). The plan table itself is code: libs/domain/plan.

-- One row a root that was ever a customer; none is the plan of who pays nothing.
create table tenant.subscriptions (
    tenant_key      text        primary key references tenant.organizations (tenant_key),
    -- The provider's names for the payer and for what counts of what they bought.
    customer_id     text        not null unique check (char_length(customer_id) between 1 and 255),
    subscription_id text        check (char_length(subscription_id) between 1 and 255),
    -- The newest report; all of it or nothing.
    plan            text        check (plan in ('free', 'team', 'business', 'enterprise')),
    status          text        check (status in
        ('trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled')),
    -- When the provider was asked for it, by this database's clock: the order of reports.
    as_of           timestamptz,
    failing_since   timestamptz,
    created_at      timestamptz not null default now(),
    check ((as_of is null) = (plan is null) and (as_of is null) = (status is null))
);
create index subscriptions_asked on tenant.subscriptions (as_of nulls first);

-- Webhook events that were taken, by the provider's id: each has its effect once.
create table tenant.billing_events (
    tenant_key text        not null references tenant.organizations (tenant_key),
    id         text        not null check (char_length(id) between 1 and 255),
    kind       text        not null,
    heard_at   timestamptz not null default now(),
    primary key (tenant_key, id)
);

call platform.isolate('tenant.subscriptions');
call platform.isolate('tenant.billing_events');
grant select, insert, update on tenant.subscriptions to wt_tenant;
grant select, insert on tenant.billing_events to wt_tenant;

-- The root above an organization, or itself.
create function tenant.root_of(p_tenant_key text)
returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with recursive up as (
        select o.tenant_key, o.parent_tenant_key, 0 as steps
        from tenant.organizations o
        where o.tenant_key = p_tenant_key
        union all
        select o.tenant_key, o.parent_tenant_key, up.steps + 1
        from up
        join tenant.organizations o on o.tenant_key = up.parent_tenant_key
        where up.steps < 64
    )
    select u.tenant_key from up u where u.parent_tenant_key is null
$$;

-- How the payer of an organization stands: the facts, judged by libs/domain/plan. The caller is in
-- the organization; its payer's plan is what its limits follow from.
create function tenant.standing_of(p_tenant_key text)
returns table (root_tenant_key text, plan text, status text, as_of timestamptz,
               failing_since timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select root.key, s.plan, s.status, s.as_of, s.failing_since
    from (select tenant.root_of(p_tenant_key) as key) root
    left join tenant.subscriptions s on s.tenant_key = root.key
    where root.key is not null
$$;

-- Seats of the tree under a root: people who are not suspended everywhere, and open invitations
-- of people who are not in it yet. One address is one seat, in however many organizations.
create function tenant.seats_of(p_root text)
returns table (email text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select lower(u.email)
    from tenant.subtree(p_root) t
    join tenant.members m on m.tenant_key = t.tenant_key and m.suspended_at is null
    join tenant.users u on u.id = m.user_id
    union
    select lower(i.email)
    from tenant.subtree(p_root) t
    join tenant.invitations i on i.tenant_key = t.tenant_key
        and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
$$;

-- How many seats are taken, and whether this address has one, with the tree held until the end of
-- the transaction: of two that want the last seat at once, the second counts the first.
-- Not `for update`: rows that refer to the root go on being written.
create function tenant.hold_seats(p_tenant_key text, p_email text)
returns table (used bigint, has_one boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_root text := tenant.root_of(p_tenant_key);
begin
    perform 1 from tenant.organizations o where o.tenant_key = v_root for no key update;
    return query
        select count(*), coalesce(bool_or(s.email = lower(p_email)), false)
        from tenant.seats_of(v_root) s;
end
$$;

-- How many seats are taken, for people to read.
create function tenant.count_seats(p_tenant_key text)
returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select count(*) from tenant.seats_of(tenant.root_of(p_tenant_key))
$$;

-- Whose customer this is: a key only, read on in that organization's own transaction.
create function tenant.root_of_customer(p_customer_id text)
returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select s.tenant_key from tenant.subscriptions s where s.customer_id = p_customer_id
$$;

-- Customers the provider was not asked about for a while: a webhook that never came must not leave
-- a tenant on what it was. Keys only, for the reconciler.
create function tenant.customers_to_ask(p_older_than timestamptz, p_limit integer)
returns table (tenant_key text, customer_id text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select s.tenant_key, s.customer_id
    from tenant.subscriptions s
    where s.as_of is null or s.as_of < p_older_than
    order by s.as_of nulls first
    limit least(p_limit, 1000)
$$;

revoke all on function tenant.root_of(text), tenant.standing_of(text), tenant.seats_of(text),
    tenant.hold_seats(text, text), tenant.count_seats(text), tenant.root_of_customer(text),
    tenant.customers_to_ask(timestamptz, integer) from public;
grant execute on function tenant.standing_of(text), tenant.hold_seats(text, text),
    tenant.count_seats(text), tenant.root_of_customer(text),
    tenant.customers_to_ask(timestamptz, integer) to wt_tenant;
