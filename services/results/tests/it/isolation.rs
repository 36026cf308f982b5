//! A second organization sees and touches nothing of the first.
use sqlx::{Connection, PgConnection};
use wt_exposure::Settled;
use wt_model::Role;
use wt_proto::results::{
    ExplainExposureRequest, GetDashboardRequest, GetExposureRequest, GetPacketRequest,
    GetRunSummaryRequest, GetTimelineRequest, GetTreeHeadRequest, ListChangesRequest,
    ListExposuresRequest, ListOpenCellsRequest, RecordActionRequest, RecordVerifyRequest,
    RevealEvidenceRequest,
};

use crate::{
    room::{Room, organization, person},
    told::told,
};

#[tokio::test]
async fn another_organization_sees_nothing_through_any_call() {
    let room = Room::open().await;
    let (tenant, other) = (organization(), person(organization(), Role::Owner));
    let told = room
        .tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let mut conn = room.superuser().await;
    let key: String = sqlx::query_scalar("select key from results.exposures")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    let mut client = room.client();

    macro_rules! ask {
        ($call:ident, $message:expr) => {
            client
                .$call(room.peer.request(Some(&other), $message).unwrap())
                .await
        };
    }
    let listed = ask!(list_exposures, ListExposuresRequest::default())
        .unwrap()
        .into_inner();
    assert!(listed.exposures.is_empty());
    let feed = ask!(list_changes, ListChangesRequest::default())
        .unwrap()
        .into_inner();
    assert!(feed.events.is_empty());
    let run_id = told.job.run_id.clone();
    let summary = ask!(get_run_summary, GetRunSummaryRequest { run_id })
        .unwrap()
        .into_inner();
    assert_eq!((summary.events.len(), summary.cells_present), (0, 0));
    let board = ask!(get_dashboard, GetDashboardRequest::default())
        .unwrap()
        .into_inner();
    assert!(board.by_state.is_empty() && board.events_since.is_empty());
    let head = ask!(get_tree_head, GetTreeHeadRequest {})
        .unwrap()
        .into_inner();
    assert_eq!(head.tree_size, 0);
    let keys = vec![key.clone()];
    let cells = ask!(
        list_open_cells,
        ListOpenCellsRequest {
            keys,
            ..Default::default()
        }
    );
    let cells = cells.unwrap().into_inner();
    assert!(cells.cells.is_empty());
    assert_eq!(cells.unknown_keys, std::slice::from_ref(&key));

    let run_id = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned();
    let noted = RecordVerifyRequest {
        keys: vec![key.clone()],
        run_id,
    };
    let noted = ask!(record_verify, noted).unwrap().into_inner();
    assert_eq!(noted.recorded, 0);

    let missing = [
        ask!(get_exposure, GetExposureRequest { key: key.clone() }).unwrap_err(),
        ask!(reveal_evidence, RevealEvidenceRequest { key: key.clone() }).unwrap_err(),
        ask!(get_timeline, GetTimelineRequest { key: key.clone() }).unwrap_err(),
        ask!(
            explain_exposure,
            ExplainExposureRequest { key: key.clone() }
        )
        .unwrap_err(),
        ask!(
            get_packet,
            GetPacketRequest {
                key: key.clone(),
                ..Default::default()
            }
        )
        .unwrap_err(),
        ask!(
            record_action,
            RecordActionRequest {
                key: key.clone(),
                kind: "acknowledge".to_owned(),
                ..Default::default()
            }
        )
        .unwrap_err(),
        // What is another's looks exactly like what is nobody's.
        ask!(
            get_exposure,
            GetExposureRequest {
                key: "exp1_none".to_owned()
            }
        )
        .unwrap_err(),
    ];
    for status in &missing {
        assert_eq!(status.code(), tonic::Code::NotFound);
        assert_eq!(status.message(), missing[0].message());
        assert_eq!(status.details(), missing[0].details());
    }
}

#[tokio::test]
async fn the_services_role_sees_no_row_without_an_organization_and_no_other_ones_with_one() {
    let room = Room::open().await;
    room.tell(told(organization(), "on_demand", &[(80, Settled::Present)]))
        .await;
    let url = room.database.url_as("wt_results").unwrap();
    let mut conn = PgConnection::connect(&url).await.unwrap();
    let refused = sqlx::query("select 1 from results.exposures")
        .fetch_all(&mut conn)
        .await;
    assert_eq!(
        refused
            .unwrap_err()
            .as_database_error()
            .unwrap()
            .code()
            .unwrap(),
        "42501"
    );
    sqlx::query("select set_config('app.tenant_key', 'org_other', false)")
        .execute(&mut conn)
        .await
        .unwrap();
    for table in [
        "exposures",
        "events",
        "evidence",
        "coverage",
        "applied",
        "leaves",
        "heads",
        "trees",
        "checks",
        "looks",
    ] {
        let sql = sqlx::AssertSqlSafe(format!("select 1 from results.{table}"));
        let rows = sqlx::query(sql).fetch_all(&mut conn).await.unwrap();
        assert!(rows.is_empty(), "{table}");
    }
}

#[tokio::test]
async fn the_services_role_cannot_rewrite_history() {
    let room = Room::open().await;
    let tenant = organization();
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let url = room.database.url_as("wt_results").unwrap();
    let mut conn = PgConnection::connect(&url).await.unwrap();
    sqlx::query("select set_config('app.tenant_key', $1, false)")
        .bind(tenant.to_string())
        .execute(&mut conn)
        .await
        .unwrap();
    for statement in [
        "update results.events set type = 'FIXED'",
        "delete from results.events",
        "update results.leaves set hash = ''",
        "delete from results.heads",
        "update results.actions set by = ''",
        "delete from results.exposures",
        "truncate results.leaves",
    ] {
        let refused = sqlx::query(statement).execute(&mut conn).await.unwrap_err();
        assert_eq!(
            refused.as_database_error().unwrap().code().unwrap(),
            "42501",
            "{statement}"
        );
    }
}
