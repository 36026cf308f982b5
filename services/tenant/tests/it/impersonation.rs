//! Platform staff looking with a person's eyes: at whom, and what they may.
use std::{collections::BTreeSet, path::Path};

use wt_fault::{Fault, Kind};
use wt_model::{Permission, Principal, Role};
use wt_proto::tenant::{FindPeopleRequest, GetMeRequest, StartImpersonationRequest};
use wt_rpc::RpcFault;

use crate::{
    door::{Door, refusal},
    impersonation_scene::{REASON, elevate, looking_at, operator, refreshed, staff, start},
    people::owner,
};

#[tokio::test]
async fn staff_read_with_a_persons_eyes_and_both_names_are_in_the_record() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let sam = staff(&door, "sam@example.com").await;
    assert!(sam.roles.contains(&Role::PlatformAdmin));
    let (view, session) = start(&door, &sam, looking_at(&ann)).await.unwrap();
    assert!(view.live && !view.elevated);

    let eyes = door.principal(&session).await;
    assert_eq!((&eyes.sub, eyes.tenant_key), (&ann.sub, ann.tenant_key));
    assert_eq!(eyes.act.as_ref().unwrap().sub.to_string(), sam.sub);
    for permission in Permission::ALL {
        let reads = ann.holds(*permission) && permission.only_reads();
        assert_eq!(eyes.holds(*permission), reads, "{permission}");
    }
    let me = door
        .client()
        .get_me(door.ask(Some(&eyes), GetMeRequest {}))
        .await
        .unwrap()
        .into_inner();
    let looking = me.looking.unwrap();
    assert_eq!(
        (looking.actor_id.as_str(), looking.reason.as_str()),
        (sam.sub.as_str(), REASON)
    );
    assert_eq!(looking.impersonation_id, view.id);

    let recorded = door
        .text(
            "select tenant_key || ' ' || actor || ' ' || acting_as || ' ' || session_id
             from tenant.audit where action = 'impersonation.begin'",
        )
        .await;
    let expected = format!(
        "{} {} {} {}",
        ann.tenant_key.unwrap(),
        sam.sub,
        ann.sub,
        view.session_id
    );
    assert_eq!(recorded, expected);
    let mut mails = door.mails().await;
    mails.retain(|mail| mail.kind == "impersonated");
    let mail = mails.pop().unwrap();
    assert_eq!(
        (mail.recipient.as_str(), mail.reason.as_str()),
        ("ann@example.com", REASON)
    );
    assert_eq!(mail.organization, "ann@example.com's");
}

#[tokio::test]
async fn writing_needs_a_second_of_the_staff_and_never_the_same() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let sam = staff(&door, "sam@example.com").await;
    let tess = staff(&door, "tess@example.com").await;
    let (view, session) = start(&door, &sam, looking_at(&ann)).await.unwrap();
    assert_eq!(
        elevate(&door, &sam, &view.id).await,
        Err("impersonation.second_person".to_owned())
    );
    assert_eq!(
        elevate(&door, &ann, &view.id).await,
        Err("auth.forbidden".to_owned())
    );
    elevate(&door, &tess, &view.id).await.unwrap();
    assert_eq!(
        elevate(&door, &tess, &view.id).await,
        Err("impersonation.elevated".to_owned())
    );
    let eyes = door
        .principal(&refreshed(&door, &session).await.unwrap())
        .await;
    assert!(eyes.holds(Permission::AssetsWrite));
    for permission in Permission::ALL {
        assert!(
            permission.suits_impersonation() || !eyes.holds(*permission),
            "{permission}"
        );
    }
    let agreed = door
        .text(
            "select actor || ' ' || (after ->> 'actor') || ' ' || (after ->> 'person')
             from tenant.audit where action = 'impersonation.elevate'",
        )
        .await;
    assert_eq!(agreed, format!("{} {} {}", tess.sub, sam.sub, ann.sub));
}

#[tokio::test]
async fn whom_staff_may_look_through_and_whom_not() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let eve = owner(&door, "eve@example.com").await;
    let sam = staff(&door, "sam@example.com").await;
    let tess = staff(&door, "tess@example.com").await;
    let elsewhere = StartImpersonationRequest {
        tenant_key: eve.tenant_key.unwrap().to_string(),
        ..looking_at(&ann)
    };
    let silent = StartImpersonationRequest {
        reason: "because".to_owned(),
        ..looking_at(&ann)
    };
    for (by, message, code) in [
        (&ann, looking_at(&eve), "auth.forbidden"),
        (&sam, looking_at(&tess), "impersonation.of_staff"),
        (&sam, looking_at(&sam), "impersonation.of_staff"),
        (&sam, elsewhere, "member.not_found"),
        (&sam, silent, "request.invalid_field"),
    ] {
        assert_eq!(start(&door, by, message).await.err().as_deref(), Some(code));
    }
    assert!(!operator(&door, "grant", "nobody@example.com").await);
    let words = "ANN@example.com".to_owned();
    let asked = door.ask(Some(&sam), FindPeopleRequest { words });
    let found = door.impersonations().find_people(asked).await.unwrap();
    let found = found.into_inner().people;
    assert_eq!(found.len(), 1);
    let words = "ann@example.com".to_owned();
    let asked = door.ask(Some(&eve), FindPeopleRequest { words });
    let refused = door.impersonations().find_people(asked).await;
    assert_eq!(refusal(refused).1, "auth.forbidden");
}

/// `/package.Service/Method` of every procedure of this service that asks for a principal.
fn procedures() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto/watchtower/tenant/v1");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let (mut service, mut comment) = (String::new(), String::new());
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix("service ") {
                name.trim_end_matches(" {").clone_into(&mut service);
            } else if let Some(rest) = line.strip_prefix("rpc ")
                && !comment.contains("No principal")
            {
                let method = rest.split('(').next().unwrap();
                found.push(format!("/watchtower.tenant.v1.{service}/{method}"));
            }
            line.clone_into(&mut comment);
        }
    }
    found
}

/// Calls a procedure with an empty message.
async fn call(door: &Door, who: &Principal, path: &str) -> Result<(), (Kind, String)> {
    let mut client = tonic::client::Grpc::new(door.channel());
    client.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    let answer = client
        .unary(door.ask(Some(who), ()), path.parse().unwrap(), codec)
        .await;
    answer.map(drop).map_err(|status| {
        let fault = RpcFault::from(status);
        (fault.kind(), fault.code().to_owned())
    })
}

#[tokio::test]
async fn nothing_about_people_credentials_or_keys_is_done_with_somebody_elses_eyes() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let sam = staff(&door, "sam@example.com").await;
    let tess = staff(&door, "tess@example.com").await;
    let (view, session) = start(&door, &sam, looking_at(&ann)).await.unwrap();
    elevate(&door, &tess, &view.id).await.unwrap();
    let eyes = door
        .principal(&refreshed(&door, &session).await.unwrap())
        .await;
    let never = (Kind::Forbidden, "auth.impersonating".to_owned());
    let mut refused = BTreeSet::new();
    for path in procedures() {
        let (service, method) = path.rsplit_once('/').unwrap();
        let reads = ["Get", "List", "Explain"]
            .iter()
            .any(|verb| method.starts_with(verb));
        let people = service.ends_with(".TenantService") || service.ends_with(".PeopleService");
        let ends = ["LogOut", "EndImpersonation"].contains(&method);
        if ends || (reads && (people || service.ends_with(".BillingService"))) {
            continue;
        }
        assert_eq!(
            call(&door, &eyes, &path).await,
            Err(never.clone()),
            "{path}"
        );
        refused.insert(method.to_owned());
    }
    for known in [
        "ChangePassword",
        "SendEmailVerification",
        "EnrolTotp",
        "NewRecoveryCodes",
        "EndOtherSessions",
        "CreateApiKey",
        "ListApiKeys",
        "AnswerDevice",
        "UpdateUser",
        "InviteUser",
        "TransferOwnership",
        "CreateRole",
        "CreateTeam",
        "CreateTenant",
        "CreateOrganization",
        "SwitchOrganization",
        "StartImpersonation",
    ] {
        assert!(refused.contains(known), "{known}");
    }
    // What reads is not refused for it.
    let path = "/watchtower.tenant.v1.TenantService/ListMembers";
    assert_eq!(call(&door, &eyes, path).await, Ok(()));
}
