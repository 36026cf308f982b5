-- Which run a run repeats the failed parts of.
alter table scan.runs add column repeats text;
alter table scan.runs add constraint run_repeats_its_own
    foreign key (tenant_key, repeats) references scan.runs (tenant_key, id) not valid;
create index runs_repeating on scan.runs (tenant_key, repeats) where repeats is not null;
