//! What it costs to know who is asking: a checked request beside its bare query, row-level
//! security beside none, and a login beside the hash it cannot avoid.
use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use argon2::{Algorithm, Argon2, Params, Version};
use serde_json::json;

use super::{
    caller,
    measure::{Better, Measured},
    pgbench::pgbench,
    rig::{EMAIL, PASSWORD, Rig},
};

/// Rounds in turns.
const ROUNDS: usize = 3;
/// How long each round of each side takes, in seconds.
const ROUND_S: u64 = 4;
/// Callers at once, on both sides.
const CALLERS: usize = 8;
/// Hashes at once: as many as the cores a small machine has, and as many as the service lets run.
const HASHERS: usize = 2;
/// Assets of the organization, and of each of the others that row-level security must hide.
const ASSETS: usize = 500;
/// Assets of a page.
const PAGE: usize = 50;

pub(super) fn measure(rig: &Rig, folder: &Path) -> Result<Vec<Measured>> {
    seed(rig)?;
    let query = query(rig);
    let script = folder.join("assets.sql");
    fs::write(
        &script,
        format!(
            "begin;\nselect set_config('app.tenant_key', '{}', true);\n{query};\ncommit;\n",
            rig.tenant_key
        ),
    )?;
    Ok(vec![
        assets(rig, &script)?,
        row_security(rig, &script)?,
        logins(rig)?,
    ])
}

/// Writes assets of this organization and of two strangers, every second one verified.
fn seed(rig: &Rig) -> Result<()> {
    for (nth, tenant) in [&rig.tenant_key, "org_bench_other_1", "org_bench_other_2"]
        .into_iter()
        .enumerate()
    {
        rig.sql(&format!(
            "insert into asset.assets (tenant_key, id, kind, value, created_by, created_at) \
             select '{tenant}', 'ast_01ARZ3NDEKTSV4RRFFQ69' || lpad(i::text, 5, '0'), 'ip', \
             '127.{nth}.' || i / 250 || '.' || 1 + i % 250, 'bench', \
             now() - i * interval '1 minute' \
             from generate_series(1, {ASSETS}) i on conflict do nothing; \
             insert into asset.authorizations (tenant_key, id, asset_id, method, proof, vantages, \
             verified_by, verified_at, expires_at) \
             select '{tenant}', 'auz_01ARZ3NDEKTSV4RRFFQ69' || lpad(i::text, 5, '0'), \
             'ast_01ARZ3NDEKTSV4RRFFQ69' || lpad(i::text, 5, '0'), 'attestation', 'bench', \
             '{{bench}}', 'bench', now(), now() + interval '1 day' \
             from generate_series(2, {ASSETS}, 2) i on conflict do nothing"
        ))?;
    }
    rig.sql("analyze asset.assets; analyze asset.authorizations")?;
    Ok(())
}

/// What the asset registry asks for the first page.
fn query(rig: &Rig) -> String {
    format!(
        "select a.id, a.kind, a.value, a.tags, a.created_at, a.archived_at, \
         z.id, z.method, z.verified_at, z.expires_at \
         from asset.assets a left join asset.authorizations z \
         on z.tenant_key = a.tenant_key and z.asset_id = a.id \
         and z.revoked_at is null and z.expires_at > now() \
         where a.tenant_key = '{}' and a.archived_at is null \
         order by a.created_at desc, a.id desc limit {}",
        rig.tenant_key,
        PAGE + 1
    )
}

/// Token, budgets, two services and the query, beside the query.
fn assets(rig: &Rig, script: &Path) -> Result<Measured> {
    let path = format!("/api/v1/assets?limit={PAGE}");
    let request = caller::get(rig.address, &path, &rig.token);
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(caller::rate(
            rig.address,
            CALLERS,
            ROUND_S,
            PAGE * 100,
            |_, _| request.clone(),
        )?);
        let url = rig.peers.database_url_as("wt_asset_registry");
        peer.push(pgbench(rig, url, script, CALLERS, ROUND_S)?.rate);
    }
    Ok(Measured::new(
        "auth.get_assets_vs_pgbench",
        "requests/s",
        Better::Higher,
        &mut ours,
        &mut peer,
    ))
}

/// The same transaction as the service's role and as one that row-level security does not bind.
fn row_security(rig: &Rig, script: &Path) -> Result<Measured> {
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let bound = rig.peers.database_url_as("wt_asset_registry");
        let free = rig.peers.database_url.clone();
        ours.push(pgbench(rig, bound, script, 1, ROUND_S)?.latency_ms);
        peer.push(pgbench(rig, free, script, 1, ROUND_S)?.latency_ms);
    }
    Ok(Measured::new(
        "rls.cost",
        "ms",
        Better::Lower,
        &mut ours,
        &mut peer,
    ))
}

/// Logins from many addresses, beside the bare hash of the same password.
fn logins(rig: &Rig) -> Result<Measured> {
    let body = json!({ "email": EMAIL, "password": PASSWORD, "mode": "bearer" }).to_string();
    let request = |caller: usize, nth: usize| {
        // An address of its own for each: 198.18.0.0/15 is for benchmarks (RFC 2544).
        let address = format!("198.18.{}.{}", caller * 16 + nth / 250, 1 + nth % 250);
        format!(
            "POST /api/v1/auth/login HTTP/1.1\r\nhost: {}\r\nx-forwarded-for: {address}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            rig.address,
            body.len()
        )
        .into_bytes()
    };
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(caller::rate(rig.address, CALLERS, ROUND_S, 100, request)?);
        peer.push(hashes()?);
    }
    Ok(Measured::new(
        "auth.login_vs_argon2",
        "logins/s",
        Better::Higher,
        &mut ours,
        &mut peer,
    ))
}

/// Hashes a second of argon2id with OWASP's parameters, as the tenant service uses them.
fn hashes() -> Result<f64> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| anyhow::anyhow!("{error}"))?;
    let started = Instant::now();
    let deadline = started + Duration::from_secs(ROUND_S);
    let count = thread::scope(|scope| {
        let hashers: Vec<_> = (0..HASHERS)
            .map(|_| {
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
                scope.spawn(move || {
                    let (mut count, mut hash) = (0_u32, [0_u8; 32]);
                    while Instant::now() < deadline {
                        let done = argon2.hash_password_into(
                            PASSWORD.as_bytes(),
                            b"a salt of sixteen",
                            &mut hash,
                        );
                        done.map_err(|error| anyhow::anyhow!("{error}"))?;
                        count += 1;
                    }
                    Ok::<_, anyhow::Error>(count)
                })
            })
            .collect();
        hashers
            .into_iter()
            .map(|hasher| hasher.join().ok().context("a hasher panicked")?)
            .sum::<Result<u32>>()
    })?;
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}
