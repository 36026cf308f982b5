//! Sends a message that says nothing but that it is a test; to one that is off too, so that it can
//! be tried before it is switched on. It is tried once and counts for nothing. A tracker is asked
//! whether issues could be made, and makes none.

use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::notify;

use super::Api;
use crate::{
    domain::{
        integration::Kind,
        signature::message_id,
        slack,
        webhook::{self, Message},
    },
    error::NotifyFault,
    store::{self, integration_delivery::NewMessage},
};

pub(in crate::api) async fn test_integration(
    api: &Api,
    principal: &Principal,
    request: notify::TestIntegrationRequest,
) -> Result<notify::TestIntegrationResponse, NotifyFault> {
    let granted = may(principal, Permission::NotificationsManage)?;
    let mut tx = api.pool.begin(principal, "test_integration").await?;
    let row = store::integration::find(&mut tx, &request.id)
        .await?
        .ok_or(NotifyFault::IntegrationUnknown)?;
    let message = match row.kind()? {
        Kind::Slack => slack::test(),
        Kind::Webhook => webhook::test(
            &granted.tenant_key().to_string(),
            &row.id,
            OffsetDateTime::now_utc(),
        )?,
        Kind::GitHub | Kind::Jira => Message {
            subject: "Watchtower: a test, without an issue".to_owned(),
            body: String::new(),
        },
    };
    let id = format!("dlv_{}", Ulid::generate());
    let new = NewMessage {
        id: &id,
        integration: &row.id,
        message_id: &message_id(&id, &row.id, 1),
        run_id: None,
        exposure: None,
        subject: &message.subject,
        body: &message.body,
    };
    store::integration_delivery::insert_unless_present(&mut tx, new).await?;
    wt_audit::record(&mut tx, "integration.test", &row.id, None, None).await?;
    let delivery = store::integration_delivery::find(&mut tx, &row.id, &id).await?;
    tx.commit().await?;
    api.dispatch.notify_one();
    Ok(notify::TestIntegrationResponse {
        delivery: delivery.map(Into::into),
    })
}
