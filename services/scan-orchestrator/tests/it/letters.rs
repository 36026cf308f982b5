//! Dead letters: seen by staff, sent again where they came from, recorded.
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use wt_bus::{Delivery, Handler, Outcome, consume};
use wt_lifecycle::Life;
use wt_model::Role;
use wt_proto::{Message, stream::RESULTS_SCAN_ACCEPTED};
use wt_testkit::wait;

use crate::{
    calls::completed,
    fixture::{Fixture, PATIENCE, address, code, member, organization},
    staff::staff,
};

const RESULTS: &str = "results-scan-accepted";

/// A reader of accepted results that gives them up until it is mended.
#[derive(Clone, Default)]
struct Results {
    is_mended: Arc<AtomicBool>,
    handled: Arc<AtomicUsize>,
}

impl Handler for Results {
    async fn handle(&self, _delivery: Delivery) -> Outcome {
        if self.is_mended.load(Ordering::SeqCst) {
            self.handled.fetch_add(1, Ordering::SeqCst);
            return Outcome::Done;
        }
        Outcome::Reject {
            cause: "stored data is inconsistent".to_owned(),
        }
    }
}

async fn died(fixture: &Fixture, letters: u64) {
    wait::until(PATIENCE, "dead letters", async || {
        (fixture.broker.messages_in("DLQ").await.ok()? == letters).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_letter_is_opened_and_sent_again_and_its_organization_is_told() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let staff = staff(organization());
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let (life, results) = (Life::new("results"), Results::default());
    consume(&fixture.bus, &life, &RESULTS_SCAN_ACCEPTED, results.clone());
    fixture.run(&member(tenant, Role::Operator)).await;
    let taken = ear.job().await;
    let attempt = fixture.claim(&taken, "wrk_test").await.attempt;
    fixture.say(tenant, &completed(&taken, attempt)).await;
    died(&fixture, 1).await;

    let letters = fixture.letters(&staff, RESULTS).await.unwrap();
    let letter = &letters[0];
    assert_eq!(letter.error, "stored data is inconsistent");
    assert_eq!(
        (letter.subject.as_str(), letter.deliveries),
        ("scan.accepted", Some(1))
    );
    assert_eq!(letter.tenant_key, tenant.to_string());
    assert!(letter.may_redrive);
    let opened = fixture.letter(&staff, letter.sequence).await.unwrap();
    let facts: Vec<_> = opened
        .facts
        .iter()
        .map(|fact| fact.value.as_str())
        .collect();
    assert!(facts.contains(&taken.job.job_id.as_str()), "{facts:?}");
    // Where results lie, and the job's bytes, are told to nobody.
    assert!(
        !opened
            .encode_to_vec()
            .windows(9)
            .any(|at| at == b"somewhere")
    );
    assert!(
        fixture
            .letters(&staff, "notify-mail")
            .await
            .unwrap()
            .is_empty()
    );
    assert!(fixture.letters(&staff, "*").await.unwrap().is_empty());
    let queue = fixture.queue(&staff).await.unwrap();
    let reader = queue.consumers.iter().find(|each| each.consumer == RESULTS);
    assert_eq!((queue.dead_letters, reader.unwrap().dead_letters), (1, 1));

    results.is_mended.store(true, Ordering::SeqCst);
    let sent = fixture.redrive(&staff, letter.sequence, "").await.unwrap();
    assert_eq!((sent.redriven, sent.left_out), (1, 0));
    wait::until(PATIENCE, "the letter to be handled", async || {
        (results.handled.load(Ordering::SeqCst) == 1).then_some(())
    })
    .await;
    assert!(fixture.letters(&staff, "").await.unwrap().is_empty());
    let again = fixture.redrive(&staff, letter.sequence, "").await;
    assert_eq!(code(again), "dead_letter.not_found");
    let told = fixture.audit_of(tenant, "dead_letter.redrive").await;
    let object = format!("dead_letter:{}", letter.sequence);
    assert_eq!(told, [(staff.sub.clone(), object)]);
    assert!(life.end(PATIENCE).await);
}

#[tokio::test]
async fn all_letters_of_a_reader_go_but_those_that_claim_what_it_does_not_read() {
    let fixture = Fixture::start().await;
    let own = organization();
    let staff = staff(own);
    // Nobody's: no envelope, read by this service, which gives them up again.
    for text in ["one", "two"] {
        let bytes = text.as_bytes().to_vec().into();
        fixture
            .bus
            .publish_bytes("scan.failed", text, bytes)
            .await
            .unwrap();
    }
    died(&fixture, 2).await;
    // A private pool's machine may write here; it says what it likes.
    let workers = "scan-workers-pol_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let kept = format!("dlq.SCAN_JOBS.{workers}");
    fixture
        .bus
        .publish_bytes(&kept, "forged", "forged".into())
        .await
        .unwrap();
    died(&fixture, 3).await;

    let first = fixture.letter_page(&staff, "", "", 2).await.unwrap();
    assert_eq!(first.letters.len(), 2);
    let rest = fixture
        .letter_page(&staff, "", &first.next_cursor, 2)
        .await
        .unwrap();
    let forged = &rest.letters[0];
    assert_eq!(
        (forged.consumer.as_str(), forged.may_redrive),
        (workers, false)
    );
    assert_eq!(
        (forged.r#type.as_str(), rest.next_cursor.as_str()),
        ("", "")
    );
    let refused = fixture.redrive(&staff, forged.sequence, "").await;
    assert_eq!(code(refused), "dead_letter.not_redrivable");
    let sent = fixture.redrive(&staff, 0, workers).await.unwrap();
    assert_eq!((sent.redriven, sent.left_out), (0, 1));

    let sent = fixture
        .redrive(&staff, 0, "orchestrator-scan-events")
        .await
        .unwrap();
    assert_eq!((sent.redriven, sent.left_out, sent.more), (2, 0, false));
    // They die again, as new letters: sent once each.
    wait::until(PATIENCE, "the letters to die again", async || {
        let letters = fixture
            .letters(&staff, "orchestrator-scan-events")
            .await
            .ok()?;
        let all_new = letters
            .iter()
            .all(|letter| letter.sequence > forged.sequence);
        (letters.len() == 2 && all_new).then_some(())
    })
    .await;
    assert_eq!(fixture.audit_of(own, "dead_letter.redrive").await.len(), 2);
}

#[tokio::test]
async fn a_letter_is_given_up_with_a_reason_that_the_audit_keeps() {
    let fixture = Fixture::start().await;
    let own = organization();
    let staff = staff(own);
    let bytes = "nobody's".as_bytes().to_vec().into();
    fixture
        .bus
        .publish_bytes("scan.failed", "one", bytes)
        .await
        .unwrap();
    died(&fixture, 1).await;
    let letter = fixture.letters(&staff, "").await.unwrap().remove(0);
    let short = fixture.discard(&staff, letter.sequence, "no").await;
    assert_eq!(code(short), "request.invalid_field");
    let reason = "nobody knows who sent it";
    fixture
        .discard(&staff, letter.sequence, reason)
        .await
        .unwrap();
    died(&fixture, 0).await;
    let gone = fixture.discard(&staff, letter.sequence, reason).await;
    assert_eq!(code(gone), "dead_letter.not_found");
    let kept = "select count(*) from scan.audit
                where action = 'dead_letter.discard' and after->>'reason' = 'nobody knows who sent it'";
    assert_eq!(fixture.number(kept).await, 1);
}
