//! Consumers against a real broker: leases, patience, dead letters, and a broker that dies.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use wt_bus::{Bus, BusArgs, Delivery, Handler, Outcome, consume, envelope_for};
use wt_lifecycle::Life;
use wt_model::{Principal, TenantKey};
use wt_proto::{
    event::AssetAdded,
    stream::{Consumer, DOMAIN},
    subject::dead_letter,
};
use wt_testkit::{Broker, wait};

const PATIENCE: Duration = Duration::from_secs(30);

/// A lease short enough that losing it shows within the test.
static ONE_SLOT: Consumer = Consumer {
    stream: &DOMAIN,
    name: "test-one-slot",
    subjects: &["asset.added"],
    ack_wait: Duration::from_millis(600),
    concurrency: 1,
    confined: false,
};

/// A free slot beside a busy one: it is handed whatever lease runs out.
static TWO_SLOTS: Consumer = Consumer {
    name: "test-two-slots",
    concurrency: 2,
    ..ONE_SLOT
};

type Seen = Arc<Mutex<BTreeMap<String, usize>>>;

/// Notes each value it is asked to handle and answers by `answer`.
struct Noting<A> {
    seen: Seen,
    answer: A,
}

impl<A, F> Handler for Noting<A>
where
    A: Fn(Delivery) -> F + Send + Sync + 'static,
    F: Future<Output = Outcome> + Send + 'static,
{
    async fn handle(&self, delivery: Delivery) -> Outcome {
        let value = delivery.payload::<AssetAdded>().unwrap().value;
        *self.seen.lock().unwrap().entry(value).or_default() += 1;
        (self.answer)(delivery).await
    }
}

fn noting<A>(answer: A) -> (Seen, Noting<A>) {
    let seen = Seen::default();
    (Arc::clone(&seen), Noting { seen, answer })
}

async fn bus_at(broker: &Broker) -> Bus {
    let args = BusArgs {
        nats_url: broker.url(),
        allow_old_nats: false,
    };
    let bus = Bus::open(&args, "asset-registry").await.unwrap();
    bus.ensure_streams().await.unwrap();
    bus
}

async fn publish(bus: &Bus, value: &str) {
    let tenant: TenantKey = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    let principal = Principal::service("asset-registry", tenant);
    let added = AssetAdded {
        value: value.to_owned(),
        ..Default::default()
    };
    let envelope = envelope_for("asset-registry", tenant, &principal, &added);
    bus.publish("asset.added", &envelope).await.unwrap();
}

async fn seen_all(seen: &Seen, count: usize) {
    wait::until(PATIENCE, "every message to be seen", || async {
        (seen.lock().unwrap().len() >= count).then_some(())
    })
    .await;
}

/// What waits behind a slow message must not be delivered meanwhile: each such delivery would
/// count towards the last.
#[tokio::test]
async fn slow_messages_keep_their_lease_and_those_behind_them_their_deliveries() {
    let broker = Broker::start().await.unwrap();
    let bus = bus_at(&broker).await;
    let delivered = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&delivered);
    let (seen, handler) = noting(move |delivery: Delivery| {
        note.lock().unwrap().push(delivery.delivered);
        async move {
            // Longer than three leases, which in-progress acks extend.
            tokio::time::sleep(Duration::from_secs(2)).await;
            Outcome::Done
        }
    });
    for number in 0..5 {
        publish(&bus, &number.to_string()).await;
    }
    let life = Life::new("test");
    consume(&bus, &life, &TWO_SLOTS, handler);
    seen_all(&seen, 5).await;
    assert!(life.end(PATIENCE).await);
    assert_eq!(*delivered.lock().unwrap(), [1, 1, 1, 1, 1]);
    assert!(seen.lock().unwrap().values().all(|count| *count == 1));
}

/// Each further ask would keep a stop waiting, and could swallow a message.
#[tokio::test]
async fn who_stops_asks_for_no_further_message() {
    const LAST: &str = "$JS.API.CONSUMER.MSG.NEXT.last";
    let broker = Broker::start().await.unwrap();
    let bus = bus_at(&broker).await;
    let mut asks = bus.subscribe("$JS.API.CONSUMER.MSG.NEXT.>").await.unwrap();
    let lives: Vec<Life> = (0..8).map(|_| Life::new("test")).collect();
    for life in &lives {
        let (_, handler) = noting(|_| async { Outcome::Done });
        consume(&bus, life, &ONE_SLOT, handler);
    }
    for _ in &lives {
        asks.next().await.unwrap();
    }
    let ends = lives
        .iter()
        .map(|life| async { life.end(PATIENCE).await.then_some(()).unwrap() });
    futures::future::join_all(ends).await;
    // One connection carries all of them, so that this comes after the last ask.
    bus.say_bytes(LAST, "".into()).await.unwrap();
    let mut further = 0;
    while asks.next().await.unwrap().0 != LAST {
        further += 1;
    }
    // One may have been on its way when the stop came.
    assert!(further <= 1, "{further} asks after the stop");
}

#[tokio::test]
async fn a_dependency_that_is_away_costs_no_delivery() {
    let broker = Broker::start().await.unwrap();
    let bus = bus_at(&broker).await;
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    // Many more tries than there are deliveries.
    let (seen, handler) = noting(move |delivery: Delivery| {
        assert_eq!(delivery.delivered, 1);
        let away = counted.fetch_add(1, Ordering::SeqCst) < 12;
        async move {
            if away {
                Outcome::Wait {
                    after: Duration::from_millis(100),
                    cause: "away".to_owned(),
                }
            } else {
                Outcome::Done
            }
        }
    });
    publish(&bus, "patient").await;
    let life = Life::new("test");
    consume(&bus, &life, &ONE_SLOT, handler);
    seen_all(&seen, 1).await;
    wait::until(PATIENCE, "the thirteenth try", || async {
        (tries.load(Ordering::SeqCst) == 13).then_some(())
    })
    .await;
    assert!(life.end(PATIENCE).await);
    assert_eq!(broker.messages_in("DLQ").await.unwrap(), 0);
}

#[tokio::test]
async fn what_cannot_be_handled_is_kept_with_its_cause_and_can_be_sent_again() {
    let broker = Broker::start().await.unwrap();
    let bus = bus_at(&broker).await;
    let mended = Arc::new(AtomicBool::new(false));
    let well = Arc::clone(&mended);
    let (seen, handler) = noting(move |_| {
        let well = well.load(Ordering::SeqCst);
        async move {
            if well {
                Outcome::Done
            } else {
                Outcome::Reject {
                    cause: "broken\r\nX-Forged: 1".to_owned(),
                }
            }
        }
    });
    publish(&bus, "unlucky").await;
    let life = Life::new("test");
    consume(&bus, &life, &ONE_SLOT, handler);
    wait::until(PATIENCE, "the dead letter", || async {
        (broker.messages_in("DLQ").await.unwrap() == 1).then_some(())
    })
    .await;
    let subject = dead_letter("DOMAIN", ONE_SLOT.name);
    let letters = bus.dead_letters(&subject, 0, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].subject, "asset.added");
    assert_eq!(letters[0].cause, "broken  X-Forged: 1");

    mended.store(true, Ordering::SeqCst);
    bus.redrive(&letters[0]).await.unwrap();
    wait::until(PATIENCE, "the second handling", || async {
        (seen.lock().unwrap().get("unlucky") == Some(&2)).then_some(())
    })
    .await;
    assert!(bus.dead_letters(&subject, 0, 10).await.unwrap().is_empty());
    assert!(life.end(PATIENCE).await);
}

#[tokio::test]
async fn a_message_that_is_no_envelope_is_a_dead_letter() {
    let broker = Broker::start().await.unwrap();
    let bus = bus_at(&broker).await;
    let (seen, handler) = noting(|_| async { Outcome::Done });
    bus.publish_bytes("asset.added", "junk", "\u{1}\u{2}junk".into())
        .await
        .unwrap();
    let life = Life::new("test");
    consume(&bus, &life, &ONE_SLOT, handler);
    wait::until(PATIENCE, "the dead letter", || async {
        (broker.messages_in("DLQ").await.unwrap() == 1).then_some(())
    })
    .await;
    assert!(life.end(PATIENCE).await);
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_consumer_goes_on_after_its_broker_died_and_after_it_lost_everything() {
    let mut broker = Broker::start().await.unwrap();
    let bus = bus_at(&broker).await;
    let (seen, handler) = noting(|_| async { Outcome::Done });
    let life = Life::new("test");
    consume(&bus, &life, &ONE_SLOT, handler);
    publish(&bus, "before").await;
    seen_all(&seen, 1).await;

    broker.kill().await.unwrap();
    broker.restart().await.unwrap();
    wait::until(PATIENCE, "the bus to be back", || async {
        bus.ensure_streams().await.ok()
    })
    .await;
    publish(&bus, "after the kill").await;
    seen_all(&seen, 2).await;

    broker.wipe().await.unwrap();
    wait::until(PATIENCE, "the streams to be made again", || async {
        bus.ensure_streams().await.ok()
    })
    .await;
    publish(&bus, "after the wipe").await;
    seen_all(&seen, 3).await;
    assert!(life.end(PATIENCE).await);
}
