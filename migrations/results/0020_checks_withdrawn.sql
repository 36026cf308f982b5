-- Organizations with live exposures of a check: what leaves the catalogue ends there. Keys only.
create function results.organizations_with_check(p_check_id text)
returns table (tenant_key text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select distinct e.tenant_key from results.exposures e
    where e.check_id = p_check_id and e.state in ('open', 'unresponsive')
    order by 1
$$;
revoke all on function results.organizations_with_check(text) from public;
grant execute on function results.organizations_with_check(text) to wt_results;
