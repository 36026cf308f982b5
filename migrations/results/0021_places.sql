-- Where hosts are, to walk from an asset to its names, addresses and what they expose.

-- One row for each asset, host and address something was seen at.
create table results.places (
    tenant_key text        not null,
    asset_id   text        not null,
    host       text        not null,
    -- Empty while nothing was seen of the host by connecting to it.
    address    text        not null,
    -- Of the newest run that saw it there; those of the newest of a host are where it is now. 0
    -- for addresses that are the host itself, and for none: they stay.
    run_seq    bigint      not null,
    at         timestamptz not null,
    constraint places_pk primary key (tenant_key, asset_id, host, address)
);
create index places_by_host on results.places (tenant_key, host);
create index places_by_address on results.places (tenant_key, address) where address <> '';
call platform.isolate('results.places');
grant select, insert, update on results.places to wt_results;

-- What was seen before places were kept.
insert into results.places (tenant_key, asset_id, host, address, run_seq, at)
    select e.tenant_key, e.asset_id, e.host, p.address,
           case when e.host = p.address then 0 else coalesce(max(a.run_seq), 0) end, max(e.at)
    from results.events e
    join results.evidence p on p.tenant_key = e.tenant_key and p.event_id = e.id
    left join results.applied a on a.tenant_key = e.tenant_key and a.job_id = e.job_id
    -- Port 0: what name servers say; they are not where the name is.
    where p.address <> '' and e.port <> 0
    group by e.tenant_key, e.asset_id, e.host, p.address;
insert into results.places (tenant_key, asset_id, host, address, run_seq, at)
    select x.tenant_key, x.asset_id, x.host, '', 0, max(x.last_seen)
    from results.exposures x
    where not exists (select from results.places p
                      where p.tenant_key = x.tenant_key and p.asset_id = x.asset_id
                        and p.host = x.host)
    group by x.tenant_key, x.asset_id, x.host;

-- From a finding to where it is.
create index exposures_by_check on results.exposures (tenant_key, check_id, asset_id, host);
