//! From where the next attempt goes on: what workers told, and nothing else.
use wt_model::{Role, TenantKey};
use wt_proto::{event, subject::scan_progress};
use wt_testkit::wait;

use crate::{
    calls::{Taken, message},
    fixture::{Fixture, PATIENCE, address, member, organization},
};

/// Tells of a checkpoint as a worker would; `settled` cells are how it is known to be noted.
async fn tell(
    fixture: &Fixture,
    taken: &Taken,
    attempt: u32,
    (checkpoint, checkpoint_cells): (&str, u64),
    settled: u64,
) {
    let progress = event::ScanProgress {
        job_id: taken.job.job_id.clone(),
        run_id: taken.job.run_id.clone(),
        attempt,
        cells_settled: settled,
        checkpoint: checkpoint.to_owned(),
        checkpoint_cells,
        ..Default::default()
    };
    let run_id = taken.job.run_id.parse().unwrap();
    let subject = scan_progress(taken.tenant, run_id);
    let envelope = message(taken.tenant, &progress);
    fixture.bus.say(&subject, &envelope).await.unwrap();
}

async fn is_noted(fixture: &Fixture, settled: i64) {
    wait::until(PATIENCE, "progress to be noted", async || {
        let noted = "select max(cells_settled) from scan.jobs";
        (fixture.number(noted).await == settled).then_some(())
    })
    .await;
}

fn artifact(tenant: TenantKey, run: &str, nth: u8) -> String {
    format!("t/{tenant}/{run}/{}", format!("{nth:02x}").repeat(32))
}

#[tokio::test]
async fn the_next_attempt_goes_on_from_the_newest_checkpoint_of_its_own_run() {
    let fixture = Fixture::start_with(&[("--lease-ms", "300")]).await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let run = fixture.run(&who).await;
    let taken = ear.job().await;
    let first = fixture.claim(&taken, "wrk_one").await;
    assert_eq!((first.attempt, first.checkpoint.as_str()), (1, ""));

    let [one, two, three] = [1, 2, 3].map(|nth| artifact(tenant, &run, nth));
    tell(&fixture, &taken, 1, (&one, 10), 10).await;
    is_noted(&fixture, 10).await;
    tell(&fixture, &taken, 1, (&three, 30), 30).await;
    is_noted(&fixture, 30).await;
    // Late, from before the first attempt, of another organization, and of another run.
    tell(&fixture, &taken, 1, (&two, 20), 31).await;
    is_noted(&fixture, 31).await;
    tell(&fixture, &taken, 0, (&two, 90), 90).await;
    tell(
        &fixture,
        &taken,
        1,
        (&artifact(organization(), &run, 4), 40),
        32,
    )
    .await;
    is_noted(&fixture, 32).await;
    let other = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    tell(&fixture, &taken, 1, (&artifact(tenant, other, 5), 50), 33).await;
    is_noted(&fixture, 33).await;

    let claimed = async || {
        let reply = fixture.claim(&taken, "wrk_two").await;
        reply.granted.then_some(reply)
    };
    let second = wait::until(PATIENCE, "the lease to end", claimed).await;
    assert_eq!((second.attempt, &second.checkpoint), (2, &three));
    // It could not use it and began anew: what it keeps is what counts.
    tell(&fixture, &taken, 2, (&one, 10), 34).await;
    is_noted(&fixture, 34).await;
    let third = wait::until(PATIENCE, "the lease to end", claimed).await;
    assert_eq!((third.attempt, &third.checkpoint), (3, &one));
}
