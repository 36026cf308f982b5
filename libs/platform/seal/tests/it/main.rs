//! Sealing against a real Postgres, as a service's own role.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

mod transit;
mod transit_service;

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use wt_fault::{Fault, Kind};
use wt_model::{Principal, TenantKey, UserId};
use wt_pg::{PgArgs, Pool, TenantTx};
use wt_seal::{Keyring, MasterKey, Owner, Place, Seal, SealFault, Sealed, Secret256};
use wt_testkit::{Database, database};

const PLACE: Place<'static> = Place {
    column: "tenant.sso_connections.client_secret",
    row: "sso_1",
};

fn tenant(last: char) -> TenantKey {
    format!("org_01ARZ3NDEKTSV4RRFFQ69G5FA{last}")
        .parse()
        .unwrap()
}

fn line(byte: u8) -> String {
    let raw: Vec<u8> = (0..32_u8).map(|n| n ^ byte).collect();
    STANDARD.encode(raw)
}

fn ring(bytes: &[u8]) -> Arc<dyn MasterKey> {
    let lines: Vec<_> = bytes.iter().map(|byte| line(*byte)).collect();
    Arc::new(Keyring::parse(&lines.join("\n")).unwrap())
}

async fn store() -> (Database, Pool) {
    let database = database().await.unwrap();
    let args = PgArgs {
        database_url: database.url_as("wt_tenant").unwrap().into(),
        pg_connections_max: 4,
        pg_acquire_ms: 2_000,
        pg_statement_ms: 20_000,
    };
    (database, Pool::new(&args, "tenant", "tenant").unwrap())
}

async fn begin(pool: &Pool, last: char) -> TenantTx {
    let principal = Principal::service("tenant", tenant(last));
    pool.begin(&principal, "test").await.unwrap()
}

fn is_unreadable<T: std::fmt::Debug>(answer: Result<T, SealFault>) -> bool {
    answer.unwrap_err().kind() == Kind::Inconsistent
}

#[tokio::test]
async fn a_secret_opens_where_it_was_sealed_and_nowhere_else() {
    let (_database, pool) = store().await;
    let seal = Seal::new(ring(&[1]), "tenant");
    let ours = Owner::Organization(tenant('A'));
    let mut tx = begin(&pool, 'A').await;
    let sealed = seal.seal(tx.conn(), ours, PLACE, b"hunter2").await.unwrap();
    let opened = seal.open(tx.conn(), ours, PLACE, &sealed).await.unwrap();
    assert_eq!(opened.expose(), b"hunter2");
    assert_eq!(
        format!("{opened:?} {sealed:?}"),
        "[redacted] Sealed(52 bytes)"
    );
    for place in [
        Place {
            row: "sso_2",
            ..PLACE
        },
        Place {
            column: "tenant.sso_connections.other",
            ..PLACE
        },
    ] {
        assert!(is_unreadable(
            seal.open(tx.conn(), ours, place, &sealed).await
        ));
    }
    tx.commit().await.unwrap();

    // Another organization does not even see the key; under the key's own context its name is
    // bound to the secret.
    let mut tx = begin(&pool, 'B').await;
    let theirs = Owner::Organization(tenant('B'));
    assert!(is_unreadable(
        seal.open(tx.conn(), theirs, PLACE, &sealed).await
    ));
    assert!(is_unreadable(
        seal.open(tx.conn(), ours, PLACE, &sealed).await
    ));
}

#[tokio::test]
async fn a_data_key_moved_to_another_owner_opens_nothing() {
    let (database, pool) = store().await;
    let seal = Seal::new(ring(&[1]), "tenant");
    let mut tx = begin(&pool, 'A').await;
    let ours = Owner::Organization(tenant('A'));
    let sealed = seal.seal(tx.conn(), ours, PLACE, b"hunter2").await.unwrap();
    tx.commit().await.unwrap();
    sqlx::query("update tenant.data_keys set tenant_key = $1")
        .bind(tenant('B').to_string())
        .execute(&mut database.superuser().await.unwrap())
        .await
        .unwrap();
    let mut tx = begin(&pool, 'B').await;
    let theirs = Owner::Organization(tenant('B'));
    assert!(is_unreadable(
        seal.open(tx.conn(), theirs, PLACE, &sealed).await
    ));
}

#[tokio::test]
async fn people_and_the_platform_have_keys_of_their_own() {
    let (_database, pool) = store().await;
    let seal = Seal::new(ring(&[1]), "tenant");
    let ann: UserId = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAA".parse().unwrap();
    let mut tx = pool.begin_platform("test").await.unwrap();
    for owner in [Owner::User(ann), Owner::Platform] {
        let sealed = seal.seal(tx.conn(), owner, PLACE, b"seed").await.unwrap();
        let opened = seal.open(tx.conn(), owner, PLACE, &sealed).await.unwrap();
        assert_eq!(opened.expose_str().unwrap(), "seed");
        let other = match owner {
            Owner::Platform => Owner::User(ann),
            _ => Owner::Platform,
        };
        assert!(is_unreadable(
            seal.open(tx.conn(), other, PLACE, &sealed).await
        ));
    }
}

#[tokio::test]
async fn an_old_data_key_opens_and_no_longer_seals() {
    let (database, pool) = store().await;
    let seal = Seal::new(ring(&[1]), "tenant");
    let ours = Owner::Organization(tenant('A'));
    let mut tx = begin(&pool, 'A').await;
    let first = seal.seal(tx.conn(), ours, PLACE, b"one").await.unwrap();
    let same = seal.seal(tx.conn(), ours, PLACE, b"one").await.unwrap();
    assert_ne!(first, same, "a nonce was used twice");
    assert_eq!(first.as_bytes()[..17], same.as_bytes()[..17]);
    tx.commit().await.unwrap();
    sqlx::query("update tenant.data_keys set created_at = now() - interval '91 days'")
        .execute(&mut database.superuser().await.unwrap())
        .await
        .unwrap();
    let mut tx = begin(&pool, 'A').await;
    let second = seal.seal(tx.conn(), ours, PLACE, b"two").await.unwrap();
    assert_ne!(first.as_bytes()[..17], second.as_bytes()[..17]);
    for (sealed, secret) in [(first, "one"), (second, "two")] {
        let opened = seal.open(tx.conn(), ours, PLACE, &sealed).await.unwrap();
        assert_eq!(opened.expose_str().unwrap(), secret);
    }
}

#[tokio::test]
async fn no_bit_of_a_sealed_secret_can_be_changed() {
    let (_database, pool) = store().await;
    let seal = Seal::new(ring(&[1]), "tenant");
    let ours = Owner::Organization(tenant('A'));
    let mut tx = begin(&pool, 'A').await;
    let sealed = seal.seal(tx.conn(), ours, PLACE, b"hunter2").await.unwrap();
    let bytes = sealed.as_bytes();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = Sealed::from_bytes(changed);
        assert!(
            is_unreadable(seal.open(tx.conn(), ours, PLACE, &changed).await),
            "bit {bit}"
        );
    }
    for length in 0..bytes.len() {
        let cut = Sealed::from_bytes(bytes[..length].to_vec());
        assert!(
            is_unreadable(seal.open(tx.conn(), ours, PLACE, &cut).await),
            "{length} bytes"
        );
    }
}

#[tokio::test]
async fn without_the_master_key_nothing_opens() {
    let (_database, pool) = store().await;
    let ours = Owner::Organization(tenant('A'));
    let mut tx = begin(&pool, 'A').await;
    let seal = Seal::new(ring(&[1]), "tenant");
    let sealed = seal.seal(tx.conn(), ours, PLACE, b"hunter2").await.unwrap();
    let other = Seal::new(ring(&[2]), "tenant");
    let answer = other.open(tx.conn(), ours, PLACE, &sealed).await;
    assert_eq!(answer.unwrap_err().code(), "secret.master_key_unknown");
}

#[tokio::test]
async fn after_a_rotation_the_former_master_key_is_not_needed() {
    let (_database, pool) = store().await;
    let before = Seal::new(ring(&[1]), "tenant");
    let ours = Owner::Organization(tenant('A'));
    let mut tx = begin(&pool, 'A').await;
    let sealed = before
        .seal(tx.conn(), ours, PLACE, b"hunter2")
        .await
        .unwrap();
    let private = before
        .seal(tx.conn(), Owner::Platform, PLACE, b"x")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let both = ring(&[2, 1]);
    assert_eq!(
        wt_seal::rotate(&pool, both.as_ref())
            .await
            .unwrap()
            .rewrapped,
        2
    );
    assert_eq!(
        wt_seal::rotate(&pool, both.as_ref())
            .await
            .unwrap()
            .rewrapped,
        0
    );
    let after = Seal::new(ring(&[2]), "tenant");
    let mut tx = begin(&pool, 'A').await;
    let opened = after.open(tx.conn(), ours, PLACE, &sealed).await.unwrap();
    assert_eq!(opened.expose(), b"hunter2");
    assert!(
        after
            .open(tx.conn(), Owner::Platform, PLACE, &private)
            .await
            .is_ok()
    );
    let former = before.open(tx.conn(), ours, PLACE, &sealed).await;
    assert_eq!(former.unwrap_err().code(), "secret.master_key_unknown");
}

#[tokio::test]
async fn a_service_cannot_change_or_remove_a_data_key_itself() {
    let (_database, pool) = store().await;
    for sql in [
        "update tenant.data_keys set wrapped = ''",
        "delete from tenant.data_keys",
        "delete from tenant.private_data_keys",
    ] {
        let mut tx = begin(&pool, 'A').await;
        assert!(sqlx::query(sql).execute(tx.conn()).await.is_err(), "{sql}");
    }
}

#[test]
fn a_master_key_that_is_none_is_refused() {
    let zeros = STANDARD.encode([0; 32]);
    for bad in [
        "",
        "# only a comment",
        "short",
        "!!!!",
        &zeros,
        &line(1)[1..],
    ] {
        assert!(Keyring::parse(bad).is_err(), "{bad}");
    }
    let text = format!("# current\n{}\n\n  {}\n", line(1), line(2));
    let ring = Keyring::parse(&text).unwrap();
    let first = Keyring::parse(&line(1)).unwrap();
    assert_eq!(
        block_on(ring.current()).unwrap(),
        block_on(first.current()).unwrap()
    );
    let debug = format!("{ring:?}");
    assert!(
        !debug.contains(&line(1)) && !debug.contains(&line(2)),
        "{debug}"
    );
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(work)
}

proptest! {
    #[test]
    fn a_wrapped_key_opens_only_unchanged_and_for_its_context(
        raw: [u8; 32], context: Vec<u8>, other: Vec<u8>, at: usize, flip in 1_u8..,
    ) {
        block_on(async {
            let ring = ring(&[1]);
            let key = Secret256::new(raw);
            let wrapped = ring.wrap(&context, &key).await.unwrap();
            let (id, wrapped) = (wrapped.master_key_id, wrapped.bytes);
            let opened = ring.unwrap(&id, &context, &wrapped).await.unwrap();
            prop_assert_eq!(opened.expose(), &raw);
            if other != context {
                prop_assert!(ring.unwrap(&id, &other, &wrapped).await.is_err());
            }
            let mut changed = wrapped.clone();
            changed[at % wrapped.len()] ^= flip;
            prop_assert!(ring.unwrap(&id, &context, &changed).await.is_err());
            Ok(())
        })?;
    }
}
