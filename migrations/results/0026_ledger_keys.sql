-- Which key of the ledger followed which (docs/contracts/ledger-keys.md): of the installation, and
-- nobody's own. Both keys signed each row, so that a changed one is found by whoever reads it.

create table results.ledger_successions (
    -- RFC 3339 in UTC and whole seconds, exactly as it was signed: its order as text is that of time.
    at             text not null,
    -- SPKI DER, base64.
    from_key       text not null,
    from_signature text not null,
    to_key         text not null,
    to_signature   text not null,
    -- A chain, no tree: a key has one successor and follows one key.
    constraint ledger_successions_pk primary key (from_key),
    constraint ledger_succession_to unique (to_key),
    constraint ledger_succession_at unique (at),
    constraint ledger_succession_moment
        check (at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$')
);
-- Append only.
grant select, insert on results.ledger_successions to wt_results;
