//! A master key at a key management service: nothing opens without it, and nothing else opens.
use std::{path::PathBuf, sync::Arc, time::Duration};

use axum::http::StatusCode;
use wt_fault::{Fault, Kind};
use wt_lifecycle::Life;
use wt_seal::{MasterKey, MasterKeyArgs, Owner, Seal, SealFault, Secret256};

use crate::{PLACE, begin, line, store, tenant, transit_service::TransitService};

struct Bench {
    service: TransitService,
    folder: tempfile::TempDir,
    scheme: &'static str,
    ca: Option<PathBuf>,
}

impl Bench {
    async fn start() -> Self {
        Self::of(TransitService::start().await, "vault+http")
    }

    async fn start_tls() -> Self {
        let (service, pem) = TransitService::start_tls().await;
        let mut bench = Self::of(service, "vault+https");
        let ca = bench.folder.path().join("ca.pem");
        std::fs::write(&ca, pem).unwrap();
        bench.ca = Some(ca);
        bench
    }

    fn of(service: TransitService, scheme: &'static str) -> Self {
        let bench = Self {
            service,
            folder: tempfile::tempdir().unwrap(),
            scheme,
            ca: None,
        };
        bench.token("s.first\n");
        bench
    }

    fn token(&self, token: &str) {
        std::fs::write(self.folder.path().join("token"), token).unwrap();
    }

    fn args(&self) -> MasterKeyArgs {
        let address = format!(
            "{}://{}/transit/keys/watchtower",
            self.scheme, self.service.address
        );
        MasterKeyArgs {
            master_key_kms: Some(address.parse().unwrap()),
            master_key_kms_token_file: Some(self.folder.path().join("token")),
            master_key_kms_ca_file: self.ca.clone(),
            ..MasterKeyArgs::default()
        }
    }

    fn master(&self) -> Arc<dyn MasterKey> {
        self.args().load().unwrap()
    }

    fn asked(&self, operation: &str) -> usize {
        let mood = self.service.mood();
        mood.asked
            .iter()
            .filter(|asked| *asked == operation)
            .count()
    }
}

fn ours() -> Owner {
    Owner::Organization(tenant('A'))
}

#[tokio::test]
async fn a_secret_opens_with_the_service_and_its_key_is_kept_for_a_moment() {
    let (_database, pool) = store().await;
    let bench = Bench::start().await;
    let seal = Seal::new(bench.master(), "tenant");
    let mut tx = begin(&pool, 'A').await;
    let sealed = seal
        .seal(tx.conn(), ours(), PLACE, b"hunter2")
        .await
        .unwrap();
    for _ in 0..3 {
        let opened = seal.open(tx.conn(), ours(), PLACE, &sealed).await.unwrap();
        assert_eq!(opened.expose(), b"hunter2");
    }
    assert_eq!((bench.asked("encrypt"), bench.asked("decrypt")), (1, 1));
    let id: String = sqlx::query_scalar("select master_key_id from tenant.data_keys")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(id, "transit:transit/watchtower:v1");
    // Another process, with nothing kept.
    let other = Seal::new(bench.master(), "tenant");
    let opened = other.open(tx.conn(), ours(), PLACE, &sealed).await.unwrap();
    assert_eq!(opened.expose(), b"hunter2");
}

#[tokio::test]
async fn a_wrapped_key_opens_only_unchanged_for_its_context_and_under_its_name() {
    let bench = Bench::start().await;
    let master = bench.master();
    let key = Secret256::new(std::array::from_fn(|n| u8::try_from(n).unwrap()));
    let wrapped = master.wrap(b"here", &key).await.unwrap();
    let (id, bytes) = (&wrapped.master_key_id, &wrapped.bytes);
    let opened = master.unwrap(id, b"here", bytes).await.unwrap();
    assert_eq!(opened.expose(), key.expose());
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() = if changed.ends_with(b"A") { b'B' } else { b'A' };
    for (context, bytes) in [
        (&b"there"[..], bytes),
        (b"here", &changed),
        (b"here", &vec![0xff]),
    ] {
        let refused = master.unwrap(id, context, bytes).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Inconsistent, "{refused:?}");
    }
    let foreign = master
        .unwrap("transit:transit/other:v1", b"here", bytes)
        .await;
    assert_eq!(foreign.unwrap_err().code(), "secret.master_key_unknown");
}

#[tokio::test]
async fn an_outage_is_tried_again_a_few_times_and_then_said() {
    let (_database, pool) = store().await;
    let bench = Bench::start().await;
    let seal = Seal::new(bench.master(), "tenant");
    let mut tx = begin(&pool, 'A').await;
    bench.service.mood().fails = Some((StatusCode::SERVICE_UNAVAILABLE, 2));
    let sealed = seal
        .seal(tx.conn(), ours(), PLACE, b"hunter2")
        .await
        .unwrap();
    assert_eq!(bench.asked("encrypt"), 3);

    let fresh = Seal::new(bench.master(), "tenant");
    bench.service.mood().fails = Some((StatusCode::SERVICE_UNAVAILABLE, 3));
    let fault = fresh
        .open(tx.conn(), ours(), PLACE, &sealed)
        .await
        .unwrap_err();
    assert_eq!(
        (fault.code(), fault.kind()),
        ("secret.kms_unavailable", Kind::Unavailable)
    );
    assert_eq!(bench.asked("decrypt"), 3);
    bench.service.leave();
    let fault = fresh
        .open(tx.conn(), ours(), PLACE, &sealed)
        .await
        .unwrap_err();
    assert_eq!(fault.code(), "secret.kms_unavailable");
    // Nothing is sealed in another way meanwhile, and what is remembered still opens.
    let theirs = Owner::Platform;
    let fault = seal.seal(tx.conn(), theirs, PLACE, b"x").await.unwrap_err();
    assert_eq!(fault.code(), "secret.kms_unavailable");
    fresh
        .open(tx.conn(), ours(), PLACE, &sealed)
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_renewed_token_is_used_without_a_restart_and_a_wrong_one_is_said() {
    let bench = Bench::start().await;
    let master = bench.master();
    master.current().await.unwrap();
    "s.second".clone_into(&mut bench.service.mood().token);
    let refused = master.current().await.unwrap_err();
    assert!(
        matches!(refused, SealFault::KmsRefused { status: 403 }),
        "{refused:?}"
    );
    assert_eq!(refused.code(), "secret.kms_refused");
    assert_eq!(bench.asked("keys"), 2, "a refusal is not tried again");
    bench.token("s.second");
    master.current().await.unwrap();
    bench.token("");
    assert_eq!(
        master.current().await.unwrap_err().code(),
        "secret.master_key_unusable"
    );
    assert!(!format!("{master:?}").contains("s."), "{master:?}");
}

#[tokio::test]
async fn data_keys_move_from_the_file_to_the_service_and_from_version_to_version() {
    let (_database, pool) = store().await;
    let bench = Bench::start().await;
    let file = bench.folder.path().join("master.key");
    std::fs::write(&file, line(1)).unwrap();
    let of_file = MasterKeyArgs {
        master_key_file: Some(file.clone()),
        ..MasterKeyArgs::default()
    };
    let before = Seal::new(of_file.load().unwrap(), "tenant");
    let mut tx = begin(&pool, 'A').await;
    let sealed = before
        .seal(tx.conn(), ours(), PLACE, b"hunter2")
        .await
        .unwrap();
    tx.commit().await.unwrap();

    // Both are there: the file's key only unwraps.
    let both = MasterKeyArgs {
        master_key_file: Some(file),
        ..bench.args()
    };
    let between = Seal::new(both.load().unwrap(), "tenant");
    let mut tx = begin(&pool, 'A').await;
    between
        .open(tx.conn(), ours(), PLACE, &sealed)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let master = both.load().unwrap();
    assert_eq!(
        wt_seal::rotate(&pool, master.as_ref())
            .await
            .unwrap()
            .rewrapped,
        1
    );

    let master = bench.master();
    bench.service.rotate_key();
    assert_eq!(
        master.current().await.unwrap(),
        "transit:transit/watchtower:v2"
    );
    for rewrapped in [1, 0] {
        let done = wt_seal::rotate(&pool, master.as_ref()).await.unwrap();
        assert_eq!(done.rewrapped, rewrapped);
    }
    // The first version could be destroyed now.
    *bench.service.mood().versions.first_mut().unwrap() = [9; 32];
    let after = Seal::new(bench.master(), "tenant");
    let mut tx = begin(&pool, 'A').await;
    let opened = after.open(tx.conn(), ours(), PLACE, &sealed).await.unwrap();
    assert_eq!(opened.expose(), b"hunter2");
    let fault = before
        .open(tx.conn(), ours(), PLACE, &sealed)
        .await
        .unwrap_err();
    assert_eq!(fault.code(), "secret.master_key_unknown");
}

#[tokio::test]
async fn only_a_service_whose_certificate_is_vouched_for_is_asked() {
    let mut bench = Bench::start_tls().await;
    bench.master().current().await.unwrap();
    let (_stranger, pem) = TransitService::start_tls().await;
    let other = bench.folder.path().join("other.pem");
    std::fs::write(&other, pem).unwrap();
    for ca in [Some(other), None] {
        bench.ca = ca;
        let fault = bench.master().current().await.unwrap_err();
        assert_eq!(fault.code(), "secret.kms_unavailable");
    }
}

#[tokio::test]
async fn readiness_follows_the_service() {
    let bench = Bench::start().await;
    let life = Life::new("test");
    wt_seal::watch(&life, bench.master());
    let is_ready = || {
        let (_, reasons) = life.is_ready();
        reasons
            .iter()
            .any(|(name, ready)| *name == "master-key" && *ready)
    };
    let patience = Duration::from_secs(30);
    wt_testkit::wait::until(patience, "a ready key", async || is_ready().then_some(())).await;
    bench.service.mood().fails = Some((StatusCode::SERVICE_UNAVAILABLE, usize::MAX));
    wt_testkit::wait::until(patience, "a missed key", async || {
        (!is_ready()).then_some(())
    })
    .await;
    life.stop();
}

#[test]
fn a_service_without_a_token_or_with_unreadable_files_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "s.first").unwrap();
    let args = |token: Option<PathBuf>, ca: Option<PathBuf>| MasterKeyArgs {
        master_key_kms: Some("vault+https://127.0.0.1:1/transit/keys/a".parse().unwrap()),
        master_key_kms_token_file: token,
        master_key_kms_ca_file: ca,
        ..MasterKeyArgs::default()
    };
    assert!(args(Some(token.clone()), None).load().is_ok());
    let nowhere = || Some(PathBuf::from("/nowhere"));
    for wrong in [
        args(None, None),
        args(nowhere(), None),
        args(Some(token.clone()), nowhere()),
        args(Some(token.clone()), Some(token)),
    ] {
        let fault = wrong.load().unwrap_err();
        assert_eq!(fault.code(), "secret.master_key_unusable", "{fault:?}");
    }
}
