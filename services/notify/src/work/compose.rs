//! Turns notices into deliveries: asks what the run led to, decides who hears of it.
//!
//! A notice is settled and its deliveries stored in one transaction, so a crash at any line
//! leaves either a pending notice, which is taken up again, or everything. Nothing but SQL is
//! awaited inside it: the other services are asked before.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use time::OffsetDateTime;
use ulid::Ulid;
use wt_fault::{Fault, chain};
use wt_model::{Principal, Severity, TenantKey};
use wt_pg::{Pool, TenantTx};
use wt_proto::{convert::from_timestamp, results, tenant};

use super::deeds::{Wish, store_wishes, wishes};
use crate::{
    channel::render::Renderer,
    domain::{
        address::MailAddress,
        digest::{Change, RunDigest, digest, worst_first},
        integration::Kind,
        retry::wait_after,
        settings::Settings,
        signature::message_id,
        slack,
        webhook::{self, About, Message},
    },
    error::NotifyFault,
    peers::Peers,
    store::{
        self, delivery::NewDelivery, integration::IntegrationRow, integration_delivery::NewMessage,
        notice::NoticeRow,
    },
};

/// Most notices taken at once: each is two calls and one short transaction.
const STEP_MAX: i32 = 20;
/// Notices worked on side by side.
const CONCURRENCY: usize = 4;
/// How long a claim lasts: well over the deadlines of both calls together.
const LEASE: Duration = Duration::from_mins(1);

/// Composes what is due.
pub(crate) struct Composer {
    /// This service's rows.
    pub(crate) pool: Pool,
    /// Results and tenant.
    pub(crate) peers: Peers,
    /// Bodies.
    pub(crate) renderer: Arc<Renderer>,
    /// First wait after a failure; doubles.
    pub(crate) retry_base: Duration,
}

/// What a run is told with, and to whom.
#[derive(Debug, Default)]
struct News {
    /// The mail, if there is one, and who gets it.
    mail: Option<(RunDigest, Vec<MailAddress>)>,
    /// Messages by integration, in order.
    posts: Vec<(String, Vec<Message>)>,
    /// What is asked for at trackers, likewise.
    wishes: Vec<(String, Vec<Wish>)>,
}

impl News {
    fn is_empty(&self) -> bool {
        self.mail.is_none() && self.posts.is_empty() && self.wishes.is_empty()
    }
}

impl Composer {
    /// One step; returns how many notices were taken up.
    pub(crate) async fn step(&self) -> Result<usize, NotifyFault> {
        let mut tx = self.pool.begin_platform("claim_notices").await?;
        let due = store::notice::claim(&mut tx, STEP_MAX, LEASE).await?;
        tx.commit().await?;
        let taken = due.len();
        stream::iter(due)
            .for_each_concurrent(CONCURRENCY, |(tenant, run_id)| async move {
                if let Err(fault) = self.compose(tenant, &run_id).await {
                    // The lease ends by itself; the notice is taken up again.
                    tracing::error!(run.id = run_id, error = %chain(&fault), "a notice was not settled");
                }
            })
            .await;
        Ok(taken)
    }

    async fn compose(&self, tenant: TenantKey, run_id: &str) -> Result<(), NotifyFault> {
        let principal = Principal::service(crate::NAME, tenant);
        let mut tx = self.pool.begin_read(&principal, "read_notice").await?;
        let notice = store::notice::find_pending(&mut tx, run_id).await?;
        let settings = store::settings::find(&mut tx).await?.unwrap_or_default();
        let mut ways = store::integration::list(&mut tx).await?;
        tx.commit().await?;
        let Some(notice) = notice else { return Ok(()) };
        ways.retain(|row| row.enabled);
        match self
            .decide(&principal, tenant, &notice, &settings, &ways)
            .await
        {
            Ok(news) if news.is_empty() => self.settle(&principal, run_id, "quiet", "").await,
            Ok(news) => self.store(&principal, tenant, run_id, &news).await,
            Err(fault) => {
                self.put_off(&principal, run_id, notice.attempts, &fault)
                    .await
            }
        }
    }

    /// What to say and to whom.
    async fn decide(
        &self,
        principal: &Principal,
        tenant: TenantKey,
        notice: &NoticeRow,
        settings: &Settings,
        ways: &[IntegrationRow],
    ) -> Result<News, NotifyFault> {
        if !settings.email_enabled && ways.is_empty() {
            return Ok(News::default());
        }
        let run = &notice.run;
        let summary = self.peers.run_summary(principal, &run.run_id).await?;
        let all: u64 = summary.events_by_type.values().sum();
        // What goes back and forth is in the feed, and alerts nobody any more.
        let (flapping, steady): (Vec<_>, Vec<_>) =
            summary.events.into_iter().partition(|event| event.flapping);
        let (changes, flapping) = (changes(steady)?, changes(flapping)?);
        let tenant = tenant.to_string();
        let about = About {
            organization: &tenant,
            run,
            unlisted: usize::try_from(all)
                .unwrap_or(usize::MAX)
                .saturating_sub(changes.len()),
            home: &self.renderer.home(&tenant),
            now: OffsetDateTime::now_utc(),
        };
        let mut posts = Vec::new();
        let mut asked = Vec::new();
        for row in ways {
            if row.kind()?.is_tracker() {
                let wishes = wishes(run, row, [&changes, &flapping], about.now)?;
                if !wishes.is_empty() {
                    asked.push((row.id.clone(), wishes));
                }
                continue;
            }
            let messages = messages(&about, row, &changes)?;
            if !messages.is_empty() {
                posts.push((row.id.clone(), messages));
            }
        }
        let mail = self.mail(principal, notice, settings, changes).await?;
        Ok(News {
            mail,
            posts,
            wishes: asked,
        })
    }

    /// The mail and who gets it; `None` when there is nothing or nobody.
    async fn mail(
        &self,
        principal: &Principal,
        notice: &NoticeRow,
        settings: &Settings,
        changes: Vec<Change>,
    ) -> Result<Option<(RunDigest, Vec<MailAddress>)>, NotifyFault> {
        if !settings.email_enabled {
            return Ok(None);
        }
        let least: Severity = settings.min_severity;
        let Some(digest) = digest(&notice.run, changes, least) else {
            return Ok(None);
        };
        let members = if settings.recipients.is_empty() {
            self.peers.members(principal).await?
        } else {
            Vec::new()
        };
        let audience = settings.audience(members.iter().filter_map(address));
        Ok((!audience.is_empty()).then_some((digest, audience)))
    }

    async fn store(
        &self,
        principal: &Principal,
        tenant: TenantKey,
        run_id: &str,
        news: &News,
    ) -> Result<(), NotifyFault> {
        let mut tx = self.pool.begin(principal, "store_deliveries").await?;
        // Another replica may have settled it after this one's lease ended.
        if !store::notice::settle(&mut tx, run_id, "composed", "").await? {
            return Ok(tx.commit().await?);
        }
        if let Some((digest, audience)) = &news.mail {
            let home = tenant.to_string();
            let body = self.renderer.render(&home, run_id, digest)?;
            for recipient in audience {
                let new = NewDelivery {
                    id: &format!("dlv_{}", Ulid::generate()),
                    run_id,
                    recipient,
                    subject: &digest.subject,
                    text: &body.text,
                    html: &body.html,
                };
                store::delivery::insert_unless_present(&mut tx, new).await?;
            }
        }
        for (integration, messages) in &news.posts {
            store_posts(&mut tx, run_id, integration, messages).await?;
        }
        for (integration, wishes) in &news.wishes {
            store_wishes(&mut tx, run_id, integration, wishes).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn settle(
        &self,
        principal: &Principal,
        run_id: &str,
        state: &str,
        error: &str,
    ) -> Result<(), NotifyFault> {
        let mut tx = self.pool.begin(principal, "settle_notice").await?;
        store::notice::settle(&mut tx, run_id, state, error).await?;
        Ok(tx.commit().await?)
    }

    async fn put_off(
        &self,
        principal: &Principal,
        run_id: &str,
        attempts: i32,
        fault: &NotifyFault,
    ) -> Result<(), NotifyFault> {
        let error = chain(fault);
        // Every kind is tried again: what refuses today may be a peer that is half upgraded.
        let Some(wait) = wait_after(attempts, self.retry_base) else {
            tracing::error!(
                run.id = run_id,
                code = fault.code(),
                error,
                "notice given up"
            );
            return self.settle(principal, run_id, "failed", &error).await;
        };
        tracing::warn!(
            run.id = run_id,
            code = fault.code(),
            error,
            "notice put off"
        );
        let mut tx = self.pool.begin(principal, "put_off_notice").await?;
        store::notice::put_off(&mut tx, run_id, wait, &error).await?;
        Ok(tx.commit().await?)
    }
}

/// What one integration is told of a run; nothing if its rule lets nothing through.
fn messages(
    about: &About<'_>,
    row: &IntegrationRow,
    changes: &[Change],
) -> Result<Vec<Message>, NotifyFault> {
    let rule = row.rule()?;
    let mut told: Vec<Change> = changes
        .iter()
        .filter(|change| rule.tells(about.run, change))
        .cloned()
        .collect();
    worst_first(&mut told);
    Ok(match row.kind()? {
        Kind::Webhook => webhook::run_changes(about, &told)?,
        Kind::Slack => slack::run_changes(about, &told).into_iter().collect(),
        // Told exposure by exposure (`work/deeds`).
        Kind::GitHub | Kind::Jira => Vec::new(),
    })
}

/// Stores the messages of one integration, unless it was removed meanwhile.
async fn store_posts(
    tx: &mut TenantTx,
    run_id: &str,
    integration: &str,
    messages: &[Message],
) -> Result<(), NotifyFault> {
    if store::integration::lock(tx, integration).await?.is_none() {
        return Ok(());
    }
    for (at, message) in messages.iter().enumerate() {
        let new = NewMessage {
            id: &format!("dlv_{}", Ulid::generate()),
            integration,
            message_id: &message_id(run_id, integration, at + 1),
            run_id: Some(run_id),
            exposure: None,
            subject: &message.subject,
            body: &message.body,
        };
        store::integration_delivery::insert_unless_present(tx, new).await?;
    }
    Ok(store::integration_delivery::forget_old(tx, integration).await?)
}

fn changes(events: Vec<results::ExposureEvent>) -> Result<Vec<Change>, NotifyFault> {
    events.into_iter().map(change).collect()
}

fn change(event: results::ExposureEvent) -> Result<Change, NotifyFault> {
    let place = |field: &str| format!("results.v1.ExposureEvent.{field} of {}", event.id);
    let kind = event.r#type.parse();
    let severity = event.severity.parse();
    Ok(Change {
        event: kind.map_err(|error| NotifyFault::inconsistent(place("type"), error))?,
        severity: severity.map_err(|error| NotifyFault::inconsistent(place("severity"), error))?,
        at: from_timestamp(event.at.as_ref()),
        id: event.id,
        key: event.key,
        check_id: event.check_id,
        asset_id: event.asset_id,
        title: event.title,
        host: event.host,
        port: event.port,
        reason: event.reason,
        fields: event
            .changed_fields
            .into_iter()
            .map(|field| field.name)
            .collect(),
    })
}

/// A member's address; one that can't be written to is left out, and said so once.
fn address(member: &tenant::Member) -> Option<MailAddress> {
    let user = member.user.as_ref()?;
    let parsed = user.email.parse().ok();
    if parsed.is_none() {
        tracing::warn!(user.id = user.id, "a member's address can't be mailed");
    }
    parsed
}
