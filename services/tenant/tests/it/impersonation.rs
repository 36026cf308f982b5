//! Platform staff looking with a person's eyes.
use std::{collections::BTreeSet, path::Path, process::Stdio};

use tokio::process::Command;
use wt_fault::{Fault, Kind};
use wt_model::{Permission, Principal, Role};
use wt_proto::tenant::{
    ElevateImpersonationRequest, EndImpersonationRequest, FindPeopleRequest, GetMeRequest,
    Impersonation, ListImpersonationsRequest, LogInRequest, LogOutRequest, RefreshRequest,
    ResolveSessionRequest, SessionResponse, StartImpersonationRequest,
};
use wt_rpc::RpcFault;

use crate::{
    door::{Door, PASSWORD, refusal},
    people::owner,
};

const REASON: &str = "ticket 4711: the list of assets is empty";

/// Runs the command an operator runs.
async fn operator(door: &Door, verb: &str, email: &str) -> bool {
    Command::new(env!("CARGO_BIN_EXE_wt-tenant"))
        .args(["platform-admin", verb, email])
        .env("DATABASE_URL", door.database.url_as("wt_tenant").unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .unwrap()
        .success()
}

async fn signed_in(door: &Door, email: &str, mode: &str) -> SessionResponse {
    let message = LogInRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        mode: mode.to_owned(),
        client: None,
    };
    let answer = door.client().log_in(door.ask(None, message)).await;
    answer.unwrap().into_inner()
}

/// Somebody of the platform's staff, signed in.
async fn staff(door: &Door, email: &str) -> Principal {
    door.sign_up(email, "bearer").await;
    assert!(operator(door, "grant", email).await);
    let session = signed_in(door, email, "bearer").await;
    door.principal(&session).await
}

fn looking_at(person: &Principal) -> StartImpersonationRequest {
    StartImpersonationRequest {
        person: person.sub.clone(),
        tenant_key: person.tenant_key.unwrap().to_string(),
        reason: REASON.to_owned(),
        client: None,
    }
}

async fn start(
    door: &Door,
    by: &Principal,
    message: StartImpersonationRequest,
) -> Result<(Impersonation, SessionResponse), String> {
    let asked = door.ask(Some(by), message);
    match door.impersonations().start_impersonation(asked).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            Ok((answer.impersonation.unwrap(), answer.session.unwrap()))
        }
        refused => Err(refusal(refused).1),
    }
}

async fn elevate(door: &Door, by: &Principal, id: &str) -> Result<(), String> {
    let impersonation_id = id.to_owned();
    let asked = door.ask(Some(by), ElevateImpersonationRequest { impersonation_id });
    match door.impersonations().elevate_impersonation(asked).await {
        Ok(_) => Ok(()),
        refused => Err(refusal(refused).1),
    }
}

async fn end(door: &Door, by: &Principal, id: &str) -> Result<String, String> {
    let impersonation_id = id.to_owned();
    let asked = door.ask(Some(by), EndImpersonationRequest { impersonation_id });
    match door.impersonations().end_impersonation(asked).await {
        Ok(answer) => Ok(answer.into_inner().session_id),
        refused => Err(refusal(refused).1),
    }
}

async fn refreshed(door: &Door, session: &SessionResponse) -> Result<SessionResponse, String> {
    let refresh_token = session.refresh_token.clone();
    let asked = RefreshRequest {
        refresh_token,
        client: None,
    };
    match door.client().refresh(door.ask(None, asked)).await {
        Ok(answer) => Ok(answer.into_inner()),
        refused => Err(refusal(refused).1),
    }
}

async fn resolved(door: &Door, session: &SessionResponse) -> Principal {
    let asked = ResolveSessionRequest {
        session_secret: session.session_secret.clone(),
    };
    let answer = door.client().resolve_session(door.ask(None, asked)).await;
    door.principal(&answer.unwrap().into_inner()).await
}

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
