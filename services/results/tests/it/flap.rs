//! What goes back and forth, through the service's own door.
use wt_exposure::Settled;
use wt_model::Role;
use wt_proto::results::GetRunSummaryRequest;

use crate::{
    room::{Room, organization, person},
    told::{gone, told},
};

#[tokio::test]
async fn the_fourth_turn_of_a_week_is_marked_and_other_exposures_are_not() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    let mut marked = Vec::new();
    // NEW, then turn by turn; a second exposure appears with the last of them.
    for nth in 0..6 {
        let settled = if nth % 2 == 0 {
            Settled::Present
        } else {
            gone()
        };
        let mut cells = vec![(80, settled)];
        if nth == 5 {
            cells.push((81, Settled::Present));
        }
        let told = room.tell(told(tenant, "on_demand", &cells)).await;
        let message = GetRunSummaryRequest {
            run_id: told.job.run_id,
        };
        let request = room.peer.request(Some(&who), message).unwrap();
        let summary = room.client().get_run_summary(request).await.unwrap();
        let mut events: Vec<_> = summary
            .into_inner()
            .events
            .into_iter()
            .map(|event| (event.port, event.r#type, event.flapping))
            .collect();
        events.sort();
        marked.extend(events);
    }
    let expected = [
        (80, "NEW", false),
        (80, "FIXED", false),
        (80, "REOPENED", false),
        (80, "FIXED", false),
        (80, "REOPENED", true),
        (80, "FIXED", true),
        (81, "NEW", false),
    ];
    let expected = expected.map(|(port, event, flapping)| (port, event.to_owned(), flapping));
    assert_eq!(marked, expected);
}
