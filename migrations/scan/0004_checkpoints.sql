-- From where the next attempt of a job may go on (docs/contracts, section 3): what the newest attempt that
-- told of a checkpoint has kept.
alter table scan.jobs
    -- Artifact of the checkpoint; empty for none.
    add column checkpoint         text    not null default '',
    add column checkpoint_attempt integer not null default 0,
    -- Cells that are settled in it.
    add column checkpoint_cells   bigint  not null default 0;
