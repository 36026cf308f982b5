-- Roles, schemas and the tenant context. Applied by `watchtower migrate` before every migration,
-- as a superuser or a role that may create roles; running it again changes nothing.
--
-- Who is who:
--   wt_owner  owns every object; NOLOGIN; migrations run as it.
--   wt_<service>  logs in; owns nothing, bypasses nothing (contracts §10).
-- Passwords are not set here: the operator does (`alter role … password`), or the socket trusts.

do $$
declare
    r text;
begin
    -- Roles belong to the cluster: a migration of another database may create one meanwhile.
    begin
        if not exists (select from pg_catalog.pg_roles where rolname = 'wt_owner') then
            create role wt_owner nologin nosuperuser nobypassrls nocreatedb nocreaterole;
        end if;
    exception when duplicate_object or unique_violation then null;
    end;
    foreach r in array array[
        'wt_tenant', 'wt_asset_registry', 'wt_scan_orchestrator', 'wt_results', 'wt_notify', 'wt_ai_report'
    ] loop
        begin
            if not exists (select from pg_catalog.pg_roles where rolname = r) then
                execute format('create role %I login nosuperuser nobypassrls nocreatedb nocreaterole noinherit', r);
            end if;
        exception when duplicate_object or unique_violation then null;
        end;
        -- Our statements are short; what Postgres reckons of them is often not, and compiling one
        -- takes a third of a second (docs/decisions/0027).
        begin
            if not exists (select from pg_catalog.pg_db_role_setting s
                           join pg_catalog.pg_roles o on o.oid = s.setrole
                           where o.rolname = r and s.setdatabase = 0 and 'jit=off' = any(s.setconfig)) then
                execute format('alter role %I set jit = off', r);
            end if;
        -- "tuple concurrently updated": somebody else is setting it.
        exception when internal_error then null;
        end;
    end loop;
    -- A migrating login that is no superuser must be a member of the owner.
    if not pg_catalog.pg_has_role(current_user, 'wt_owner', 'member') then
        execute format('grant wt_owner to %I', current_user);
    end if;
end
$$;

revoke create on schema public from public;

do $$
begin
    execute format('grant create on database %I to wt_owner', current_database());
end
$$;

create schema if not exists platform authorization wt_owner;
create schema if not exists tenant   authorization wt_owner;
create schema if not exists asset    authorization wt_owner;
create schema if not exists scan     authorization wt_owner;
create schema if not exists results  authorization wt_owner;
create schema if not exists notify   authorization wt_owner;
create schema if not exists report   authorization wt_owner;

grant usage on schema platform to
    wt_tenant, wt_asset_registry, wt_scan_orchestrator, wt_results, wt_notify, wt_ai_report;
grant usage on schema tenant  to wt_tenant;
grant usage on schema asset   to wt_asset_registry;
grant usage on schema scan    to wt_scan_orchestrator;
grant usage on schema results to wt_results;
grant usage on schema notify  to wt_notify;
grant usage on schema report  to wt_ai_report;

set role wt_owner;

-- The organization of this transaction. None set is an error, not an empty list: a forgotten
-- context must not look like an empty organization.
create or replace function platform.current_tenant() returns text
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    tenant text := nullif(current_setting('app.tenant_key', true), '');
begin
    if tenant is null then
        raise exception 'no tenant context' using errcode = '42501', hint = 'open a TenantTx';
    end if;
    return tenant;
end
$$;
revoke all on function platform.current_tenant() from public;
grant execute on function platform.current_tenant() to
    wt_tenant, wt_asset_registry, wt_scan_orchestrator, wt_results, wt_notify, wt_ai_report;

-- Puts a table under row-level security. `platform` is the owner's policy: it lets SECURITY
-- DEFINER functions, which run as wt_owner, see every row, although security is forced.
create or replace procedure platform.isolate(target regclass)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy tenant on %s using (tenant_key = (select platform.current_tenant())) '
        'with check (tenant_key = (select platform.current_tenant()))', target);
    execute format('create policy platform on %s to wt_owner using (true) with check (true)', target);
end
$$;

-- Gives a schema its outbox, inbox and audit tables, all with the same shape, and grants what
-- `service` needs of them. See migrations/README.md.
create or replace procedure platform.give_outbox(target name, service name)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
begin
    execute format($ddl$
        create table %1$I.outbox (
            id            text        primary key,
            seq           bigint      generated always as identity,
            tenant_key    text        not null,
            subject       text        not null,
            envelope      bytea       not null,
            created_at    timestamptz not null default now(),
            claimed_until timestamptz,
            sent_at       timestamptz
        ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);
        create index outbox_unsent on %1$I.outbox (seq) where sent_at is null;
        create index outbox_sent on %1$I.outbox (sent_at) where sent_at is not null;
        call platform.isolate('%1$I.outbox');
        grant insert on %1$I.outbox to %2$I;
        grant usage on schema %1$I to %2$I;

        create table %1$I.inbox (
            tenant_key  text        not null,
            consumer    text        not null,
            message_id  text        not null,
            received_at timestamptz not null default now(),
            primary key (tenant_key, consumer, message_id)
        );
        call platform.isolate('%1$I.inbox');
        grant insert, select on %1$I.inbox to %2$I;

        create table %1$I.audit (
            tenant_key text        not null,
            seq        bigint      generated always as identity,
            at         timestamptz not null default now(),
            actor_kind text        not null,
            actor      text        not null,
            acting_as  text,
            session_id text,
            action     text        not null,
            object     text        not null,
            before     jsonb,
            after      jsonb,
            trace_id   text        not null default '',
            primary key (tenant_key, seq)
        );
        call platform.isolate('%1$I.audit');
        -- Append only: no update, no delete for anybody who logs in.
        grant insert, select on %1$I.audit to %2$I;

        -- Hands out unsent rows for a while; what is not marked sent by then is handed out again.
        create function %1$I.outbox_claim(p_limit integer, p_lease interval)
        returns table (id text, subject text, envelope bytea)
        language sql volatile security definer set search_path = pg_catalog, pg_temp
        as $f$
            with due as (
                select o.id from %1$I.outbox o
                where o.sent_at is null and (o.claimed_until is null or o.claimed_until < now())
                order by o.seq
                limit least(p_limit, 1000)
                for update skip locked
            ), claimed as (
                update %1$I.outbox o set claimed_until = now() + p_lease
                from due where o.id = due.id
                returning o.seq, o.id, o.subject, o.envelope
            )
            select c.id, c.subject, c.envelope from claimed c order by c.seq
        $f$;
        create function %1$I.outbox_sent(p_ids text[]) returns bigint
        language sql volatile security definer set search_path = pg_catalog, pg_temp
        as $f$
            with done as (
                update %1$I.outbox o set sent_at = now()
                where o.id = any(p_ids) and o.sent_at is null returning 1
            ) select count(*) from done
        $f$;
        create function %1$I.outbox_release(p_ids text[]) returns bigint
        language sql volatile security definer set search_path = pg_catalog, pg_temp
        as $f$
            with done as (
                update %1$I.outbox o set claimed_until = null
                where o.id = any(p_ids) and o.sent_at is null returning 1
            ) select count(*) from done
        $f$;
        -- Sends again what was sent since, after the bus lost its storage; readers' inboxes
        -- make that harmless.
        create function %1$I.outbox_resend(p_since timestamptz) returns bigint
        language sql volatile security definer set search_path = pg_catalog, pg_temp
        as $f$
            with done as (
                update %1$I.outbox o set sent_at = null, claimed_until = null
                where o.sent_at >= p_since returning 1
            ) select count(*) from done
        $f$;
        create function %1$I.outbox_prune(p_before timestamptz, p_limit integer) returns bigint
        language sql volatile security definer set search_path = pg_catalog, pg_temp
        as $f$
            with old as (
                select o.id from %1$I.outbox o where o.sent_at < p_before limit least(p_limit, 10000)
            ), done as (
                delete from %1$I.outbox o using old where o.id = old.id returning 1
            ) select count(*) from done
        $f$;
        revoke all on function
            %1$I.outbox_claim(integer, interval), %1$I.outbox_sent(text[]),
            %1$I.outbox_release(text[]), %1$I.outbox_resend(timestamptz),
            %1$I.outbox_prune(timestamptz, integer) from public;
        grant execute on function
            %1$I.outbox_claim(integer, interval), %1$I.outbox_sent(text[]),
            %1$I.outbox_release(text[]), %1$I.outbox_resend(timestamptz),
            %1$I.outbox_prune(timestamptz, integer) to %2$I;
    $ddl$, target, service);
end
$body$;

-- Gives a schema the wrapped data keys that its secrets are sealed with (libs/platform/seal), and
-- grants what `service` needs of them. A key changes only when the master key does, and then only
-- through `data_key_rewrap`.
create or replace procedure platform.give_data_keys(target name, service name)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
begin
    execute format($ddl$
        create table %1$I.data_keys (
            tenant_key    text        not null,
            id            text        not null check (char_length(id) = 26),
            master_key_id text        not null,
            wrapped       bytea       not null,
            created_at    timestamptz not null default now(),
            primary key (tenant_key, id)
        );
        call platform.isolate('%1$I.data_keys');
        -- Keys of people and of the platform belong to no organization: reached by owner only.
        create table %1$I.private_data_keys (
            owner         text        not null check (owner = 'platform' or left(owner, 4) = 'usr_'),
            id            text        not null check (char_length(id) = 26),
            master_key_id text        not null,
            wrapped       bytea       not null,
            created_at    timestamptz not null default now(),
            primary key (owner, id)
        );
        grant select, insert on %1$I.data_keys, %1$I.private_data_keys to %2$I;

        -- Keys that another master key wraps, locked: wrapped keys of every owner, no contents.
        create function %1$I.data_keys_due(p_current text, p_limit integer)
        returns table (owner text, id text, master_key_id text, wrapped bytea)
        language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
        as $f$
        begin
            return query
                select k.tenant_key, k.id, k.master_key_id, k.wrapped from %1$I.data_keys k
                where k.master_key_id <> p_current
                order by k.id limit least(p_limit, 1000) for update;
            return query
                select k.owner, k.id, k.master_key_id, k.wrapped from %1$I.private_data_keys k
                where k.master_key_id <> p_current
                order by k.id limit least(p_limit, 1000) for update;
        end
        $f$;
        create function %1$I.data_key_rewrap(p_owner text, p_id text, p_former text, p_current text, p_wrapped bytea)
        returns void
        language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
        as $f$
        begin
            update %1$I.data_keys k set master_key_id = p_current, wrapped = p_wrapped
            where k.tenant_key = p_owner and k.id = p_id and k.master_key_id = p_former;
            update %1$I.private_data_keys k set master_key_id = p_current, wrapped = p_wrapped
            where k.owner = p_owner and k.id = p_id and k.master_key_id = p_former;
        end
        $f$;
        revoke all on function
            %1$I.data_keys_due(text, integer), %1$I.data_key_rewrap(text, text, text, text, bytea) from public;
        grant execute on function
            %1$I.data_keys_due(text, integer), %1$I.data_key_rewrap(text, text, text, text, bytea) to %2$I;
    $ddl$, target, service);
end
$body$;

-- Up to 0.1 each insert into an outbox sent a notification, and every commit of the server waited for
-- the one before it.
do $$
declare
    owner name;
begin
    for owner in
        select n.nspname from pg_catalog.pg_trigger t
        join pg_catalog.pg_class c on c.oid = t.tgrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where t.tgname = 'outbox_notify'
    loop
        execute format('drop trigger outbox_notify on %I.outbox', owner);
        execute format('drop function %I.outbox_notify()', owner);
    end loop;
end
$$;

-- Lets every SECURITY DEFINER function that is written in SQL keep its plans: Postgres parses and
-- plans the body of such a function anew each time it is called, which was most of what a login and
-- an event of the outbox cost it; in PL/pgSQL the same statement is planned once for a connection.
-- Called after each migration. Functions stay written as plain SQL.
create or replace procedure platform.keep_plans()
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    fn record;
    body text;
begin
    for fn in
        select n.nspname, p.proname, p.prosrc, p.proretset,
               case p.provolatile when 'v' then 'volatile' when 's' then 'stable' else 'immutable' end
                   as volatility,
               pg_get_function_arguments(p.oid) as arguments,
               pg_get_function_result(p.oid) as result
        from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        join pg_language l on l.oid = p.prolang
        where l.lanname = 'sql' and p.prosecdef and p.prokind = 'f'
          and p.proowner = (select r.oid from pg_roles r where r.rolname = 'wt_owner')
    loop
        body := case
            when fn.proretset then format('begin return query %s; end', fn.prosrc)
            else format('declare answer %s; begin for answer in %s loop return answer; end loop; '
                        'return null; end', fn.result, fn.prosrc)
        end;
        execute format(
            'create or replace function %I.%I(%s) returns %s language plpgsql %s security definer '
            'set search_path = pg_catalog, pg_temp as %L',
            fn.nspname, fn.proname, fn.arguments, fn.result, fn.volatility,
            -- A table's column is meant where a returned one has its name, as in plain SQL.
            E'#variable_conflict use_column\n' || body);
    end loop;
end
$$;

reset role;
