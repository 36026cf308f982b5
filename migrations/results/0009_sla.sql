-- By when exposures have to be mended (docs/guides/decisions.md).

alter table results.exposures
    -- When its clock began again, because it came back; null: when it was first seen.
    add column clock_from     timestamptz,
    -- Of people, like the decision: seconds the clock stood for decisions that are over, and
    -- since when it stands.
    add column stood_s        bigint not null default 0,
    add column paused_at      timestamptz,
    -- What stood_s was when its clock began again.
    add column stood_before_s bigint not null default 0;

-- Decisions that stand already pause since they were made.
update results.exposures e
set paused_at = coalesce((select max(a.at) from results.actions a
                          where a.tenant_key = e.tenant_key and a.key = e.key
                            and a.kind = e.decision), e.first_seen)
where e.decision in ('accept_risk', 'false_positive');

create table results.sla_terms (
    tenant_key text       not null,
    -- Days for info, low, medium, high, critical and known attacks; null: no clock.
    terms      smallint[] not null,
    -- The usual terms are the first.
    version    bigint     not null default 2,
    constraint sla_terms_pk primary key (tenant_key),
    constraint sla_terms_six check (cardinality(terms) = 6)
);
call platform.isolate('results.sla_terms');
grant select, insert, update on results.sla_terms to wt_results;

-- How a clock stands: `wt_risk::Sla` in SQL, for filters and counts. A plain function, so that
-- Postgres puts it in the place of its call.
create function results.sla_word(
    p_state text, p_rank smallint, p_kev boolean, p_from timestamptz, p_stood_s bigint,
    p_paused_at timestamptz, p_until timestamptz, p_terms smallint[], p_now timestamptz)
returns text language sql stable parallel safe
as $$
    select case
        when p_state not in ('open', 'unresponsive')
          or least(p_terms[p_rank + 1], case when p_kev then p_terms[6] end) is null then 'none'
        when p_paused_at is not null and (p_until is null or p_until > p_now) then 'paused'
        when p_from + interval '24 hours' * least(p_terms[p_rank + 1], case when p_kev then p_terms[6] end)
             + case when p_stood_s = 0 then interval '0' else interval '1 second' * p_stood_s end
             + case when p_paused_at is null then interval '0'
                    else greatest(p_until - greatest(p_paused_at, p_from), interval '0') end
             < p_now then 'breached'
        else 'within'
    end
$$;
revoke all on function results.sla_word(
    text, smallint, boolean, timestamptz, bigint, timestamptz, timestamptz, smallint[], timestamptz)
    from public;
grant execute on function results.sla_word(
    text, smallint, boolean, timestamptz, bigint, timestamptz, timestamptz, smallint[], timestamptz)
    to wt_results;
