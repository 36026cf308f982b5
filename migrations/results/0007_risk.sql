-- How urgent exposures are (docs/guides/risk.md): the score, and what is published about CVEs.

alter table results.exposures
    -- 0 to 100, by the formula of libs/domain/risk. Of what was observed alone: what people
    -- decide takes an exposure out of totals and never changes its score.
    add column score smallint not null default 0,
    -- Whether attacks with one of its CVEs are known.
    add column kev   boolean  not null default false;

-- Exposures of checks that named no CVE so far: the formula for those.
-- backfill {
update results.exposures set score = (
    (case severity_rank when 0 then 5 when 1 then 20 when 2 then 55 when 3 then 80 else 95 end)
    * (725 + case when check_id like 'service.%' or port = any(array[
        23, 69, 111, 135, 137, 139, 161, 389, 445, 512, 513, 514, 623, 873, 1099, 1433, 1521, 2049,
        2375, 2376, 2379, 3306, 3389, 4222, 5432, 5672, 5900, 5984, 5985, 6379, 6443, 7001, 8086,
        9042, 9092, 9200, 10250, 11211, 15672, 27017]) then 150 else 0 end)
    + 500) / 1000;
-- }

-- The list, most urgent first, then newest.
create index exposures_most_urgent on results.exposures
    (tenant_key, score desc, first_seen desc, key desc);
alter table results.exposures add constraint exposure_score check (score between 0 and 100);

alter table results.checks
    add column cve         text[]   not null default '{}',
    add column cvss_vector text     not null default '',
    -- Base score in tenths; null where none is known.
    add column cvss_tenths smallint;

-- What FIRST and CISA publish: about CVEs, and nobody's own.
create table results.epss (
    cve text    not null,
    -- Parts of a million that it is attacked within 30 days.
    ppm integer not null,
    constraint epss_pk primary key (cve),
    constraint epss_probability check (ppm between 0 and 1000000)
);
create table results.kev (
    cve        text    not null,
    added      date    not null,
    due        date,
    ransomware boolean not null,
    constraint kev_pk primary key (cve)
);
-- Which files were imported.
create table results.feeds (
    name        text        not null,
    -- As the file says.
    dated       text        not null,
    sha256      text        not null,
    rows        bigint      not null,
    imported_at timestamptz not null default now(),
    constraint feeds_pk primary key (name),
    constraint feed_name check (name in ('epss', 'kev'))
);
grant select, insert, delete on results.epss, results.kev to wt_results;
grant select, insert, update on results.feeds to wt_results;

-- Organizations with checks that name CVEs: whose scores a new file may change. Keys only.
create function results.organizations_with_cves()
returns table (tenant_key text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select distinct c.tenant_key from results.checks c where c.cve <> '{}' order by 1
$$;
revoke all on function results.organizations_with_cves() from public;
grant execute on function results.organizations_with_cves() to wt_results;
