//! When staff stop looking with a person's eyes: by time, by whom, and by signing out.
use wt_model::Role;
use wt_proto::tenant::{ListImpersonationsRequest, LogOutRequest};

use crate::{
    door::{Door, refusal},
    impersonation_scene::{
        end, looking_at, operator, refreshed, resolved, signed_in, staff, start,
    },
    people::owner,
};

#[tokio::test]
async fn it_is_over_to_the_second_and_no_refresh_goes_beyond() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let sam = staff(&door, "sam@example.com").await;
    let (_, session) = start(&door, &sam, looking_at(&ann)).await.unwrap();
    let half_an_hour = "select count(*) from tenant.impersonations
        where expires_at between now() + interval '29 minutes' and now() + interval '30 minutes'";
    assert_eq!(door.count(half_an_hour).await, 1);
    door.change(
        "update tenant.sessions set expires_at = now() + interval '2 minutes'
         where method = 'impersonation'",
    )
    .await;
    let session = refreshed(&door, &session).await.unwrap();
    assert!(session.expires_in <= 120, "{}", session.expires_in);
    door.change("update tenant.sessions set expires_at = now() where method = 'impersonation'")
        .await;
    assert_eq!(
        refreshed(&door, &session).await.err().as_deref(),
        Some("auth.session_over")
    );
}

#[tokio::test]
async fn a_browsers_cookie_means_the_person_until_the_end() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    staff(&door, "sam@example.com").await;
    let browser = signed_in(&door, "sam@example.com", "cookie").await;
    let sam = door.principal(&browser).await;
    let (view, session) = start(&door, &sam, looking_at(&ann)).await.unwrap();
    assert_eq!(
        (session.access_token, session.refresh_token),
        Default::default()
    );
    assert_eq!(
        start(&door, &sam, looking_at(&ann)).await.err().as_deref(),
        Some("impersonation.already")
    );
    let eyes = resolved(&door, &browser).await;
    assert_eq!(eyes.sub, ann.sub);
    assert!(!eyes.roles.contains(&Role::PlatformAdmin));
    // Nobody looks through eyes that are not their own.
    assert_eq!(
        start(&door, &eyes, looking_at(&ann)).await.err().as_deref(),
        Some("auth.impersonating")
    );
    let ended = end(&door, &eyes, &view.id).await.unwrap();
    assert_eq!(door.ended_sessions().await, [ended]);
    assert_eq!(resolved(&door, &browser).await.sub, sam.sub);
    let recorded = door
        .text(
            "select actor || ' ' || acting_as from tenant.audit where action = 'impersonation.end'",
        )
        .await;
    assert_eq!(recorded, format!("{} {}", sam.sub, ann.sub));
    assert_eq!(
        end(&door, &sam, &view.id).await.err().as_deref(),
        Some("impersonation.over")
    );
}

#[tokio::test]
async fn owners_and_other_staff_end_it_and_strangers_do_not_see_it() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let eve = owner(&door, "eve@example.com").await;
    let sam = staff(&door, "sam@example.com").await;
    let tess = staff(&door, "tess@example.com").await;
    let unknown = Some("impersonation.not_found");
    for by in [&ann, &tess] {
        let (view, session) = start(&door, &sam, looking_at(&ann)).await.unwrap();
        assert_eq!(end(&door, &eve, &view.id).await.err().as_deref(), unknown);
        end(&door, by, &view.id).await.unwrap();
        assert!(refreshed(&door, &session).await.is_err());
    }
    assert_eq!(end(&door, &eve, "imp_none").await.err().as_deref(), unknown);
    let asked = door.ask(Some(&tess), ListImpersonationsRequest {});
    let listed = door.impersonations().list_impersonations(asked).await;
    let listed = listed.unwrap().into_inner().impersonations;
    assert_eq!(listed.len(), 2);
    assert!(
        listed
            .iter()
            .all(|view| !view.live && view.actor_id == sam.sub)
    );
    let asked = door.ask(Some(&ann), ListImpersonationsRequest {});
    let refused = door.impersonations().list_impersonations(asked).await;
    assert_eq!(refusal(refused).1, "auth.forbidden");
}

#[tokio::test]
async fn whoever_stops_being_staff_or_signs_out_stops_looking() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let sam = staff(&door, "sam@example.com").await;
    let (first, session) = start(&door, &sam, looking_at(&ann)).await.unwrap();
    let out = door.ask(Some(&sam), LogOutRequest {});
    door.client().log_out(out).await.unwrap();
    assert!(refreshed(&door, &session).await.is_err());
    assert_eq!(
        door.ended_sessions().await,
        std::slice::from_ref(&first.session_id)
    );

    let again = signed_in(&door, "sam@example.com", "bearer").await;
    let sam = door.principal(&again).await;
    let (view, session) = start(&door, &sam, looking_at(&ann)).await.unwrap();
    assert!(operator(&door, "revoke", "sam@example.com").await);
    assert!(refreshed(&door, &session).await.is_err());
    let ended = [first.session_id, view.session_id];
    assert_eq!(door.ended_sessions().await, ended);
    // A token of before is no proof.
    assert_eq!(
        start(&door, &sam, looking_at(&ann)).await.err().as_deref(),
        Some("auth.forbidden")
    );
    let recorded = door
        .text("select string_agg(action, ' ' order by action) from tenant.audit where actor_kind = 'service'")
        .await;
    assert_eq!(recorded, "platform_admin.grant platform_admin.revoke");
}
