//! Buying a plan and hearing what became of it: genuine, once, in any order.
use wt_model::Principal;
use wt_proto::tenant::{
    BeginCheckoutRequest, CreateOrganizationRequest, GetBillingRequest, GetBillingResponse,
    GetStandingRequest, HearStripeRequest, ListPricesRequest, ListUsersRequest, OpenPortalRequest,
    Standing,
};

use crate::{
    door::{Door, refusal},
    people::owner,
    provider::{Provider, event, signature},
};

/// A door that sells, and a root organization whose owner began to buy.
pub(crate) async fn shop(provider: &Provider) -> (Door, Principal) {
    let door = Door::open_with(&provider.settings()).await;
    let ann = owner(&door, "ann@example.com").await;
    (door, ann)
}

async fn buy(door: &Door, who: &Principal, plan: &str, period: &str) -> Result<String, String> {
    let message = BeginCheckoutRequest {
        plan: plan.to_owned(),
        period: period.to_owned(),
    };
    match door
        .billing()
        .begin_checkout(door.ask(Some(who), message))
        .await
    {
        Ok(answer) => Ok(answer.into_inner().url),
        refused => Err(refusal(refused).1),
    }
}

async fn portal(door: &Door, who: &Principal) -> Result<String, String> {
    let asked = door.ask(Some(who), OpenPortalRequest {});
    match door.billing().open_portal(asked).await {
        Ok(answer) => Ok(answer.into_inner().url),
        refused => Err(refusal(refused).1),
    }
}

/// Whether the event was news.
async fn hear(door: &Door, (body, signature): (Vec<u8>, String)) -> Result<bool, String> {
    let asked = door.ask(None, HearStripeRequest { body, signature });
    match door.billing().hear_stripe(asked).await {
        Ok(answer) => Ok(answer.into_inner().applied),
        refused => Err(refusal(refused).1),
    }
}

async fn billing(door: &Door, who: &Principal) -> GetBillingResponse {
    let asked = door.ask(Some(who), GetBillingRequest {});
    door.billing()
        .get_billing(asked)
        .await
        .unwrap()
        .into_inner()
}

pub(crate) async fn standing(door: &Door, who: &Principal) -> Standing {
    let asked = door.ask(Some(who), GetStandingRequest {});
    let answer = door.billing().get_standing(asked).await.unwrap();
    answer.into_inner().standing.unwrap()
}

#[tokio::test]
async fn anybody_reads_what_the_operator_says_plans_cost() {
    let said = [
        "--business-price=2490 EUR/year",
        "--team-price=49.90 EUR/month,499 EUR/year",
        "--enterprise-price=",
    ];
    let door = Door::open_with(&said.map(str::to_owned)).await;
    let asked = door.ask(None, ListPricesRequest {});
    let answer = door.billing().list_prices(asked).await.unwrap();
    let prices = answer.into_inner().prices;
    let shown: Vec<_> = prices
        .iter()
        .map(|price| {
            format!(
                "{} {} {} {}",
                price.plan, price.period, price.amount, price.currency
            )
        })
        .collect();
    let expected = [
        "team monthly 49.90 EUR",
        "team yearly 499 EUR",
        "business yearly 2490 EUR",
    ];
    assert_eq!(shown, expected);
    // Who manages billing sees the same, and nothing is for sale by it.
    let ann = owner(&door, "ann@example.com").await;
    let seen = billing(&door, &ann).await;
    assert_eq!(seen.prices, prices);
    assert!(!seen.sells);
}

const UPDATED: &str = "customer.subscription.updated";

#[tokio::test]
async fn a_plan_is_bought_once_by_the_root_and_holds_below_it() {
    let provider = Provider::start().await;
    let (door, ann) = shop(&provider).await;
    let message = CreateOrganizationRequest {
        name: "below".to_owned(),
    };
    let asked = door.ask(Some(&ann), message);
    let made = door.client().create_organization(asked).await.unwrap();
    let key = made.into_inner().organization.unwrap().tenant_key;
    let below = Principal {
        tenant_key: Some(key.parse().unwrap()),
        ..ann.clone()
    };
    assert_eq!(standing(&door, &ann).await.plan, "free");
    assert_eq!(
        portal(&door, &ann).await.unwrap_err(),
        "billing.no_customer"
    );
    assert_eq!(
        buy(&door, &below, "team", "").await.unwrap_err(),
        "billing.not_the_root"
    );
    assert_eq!(
        buy(&door, &ann, "business", "yearly").await.unwrap_err(),
        "billing.not_for_sale"
    );
    // Twice at once: one customer.
    let (one, two) = tokio::join!(
        buy(&door, &ann, "team", "yearly"),
        buy(&door, &ann, "team", "yearly"),
    );
    assert_eq!((one.unwrap(), two.unwrap()).0, "https://pay.example/cs_1");
    // Who turned back at the checkout, a customer without a subscription, may go there again.
    buy(&door, &ann, "team", "yearly").await.unwrap();
    assert_eq!(
        door.text("select string_agg(customer_id, ' ') from tenant.subscriptions")
            .await,
        "cus_1"
    );
    let page = provider.asked("page").pop().unwrap();
    assert!(
        page.contains("line_items%5B0%5D%5Bprice%5D=price_team_year"),
        "{page}"
    );
    assert!(
        page.contains("customer=cus_1") && page.contains("watchtower.example"),
        "{page}"
    );

    provider.has(&[("sub_1", "price_team_year", "active")]);
    assert!(hear(&door, event("evt_1", UPDATED, "cus_1")).await.unwrap());
    for who in [&ann, &below] {
        let now = standing(&door, who).await;
        assert_eq!((now.plan.as_str(), now.state.as_str()), ("team", "active"));
    }
    let seen = billing(&door, &ann).await;
    assert!(seen.is_root && seen.sells && seen.has_customer && seen.subscribed);
    assert_eq!(seen.seats_used, 1);
    let seen = billing(&door, &below).await;
    assert!(!seen.is_root && !seen.has_customer);
    // Paying twice is nobody's wish.
    assert_eq!(
        buy(&door, &ann, "business", "").await.unwrap_err(),
        "billing.subscribed"
    );
    assert_eq!(
        portal(&door, &ann).await.unwrap(),
        "https://pay.example/cs_1"
    );
    let audited = "select string_agg(distinct action, ' ' order by action) from tenant.audit
                   where action like 'billing.%' or action like 'subscription.%'";
    assert_eq!(
        door.text(audited).await,
        "billing.checkout billing.portal subscription.change"
    );
}

#[tokio::test]
async fn only_what_the_provider_signed_a_moment_ago_is_taken() {
    let provider = Provider::start().await;
    let (door, ann) = shop(&provider).await;
    buy(&door, &ann, "team", "").await.unwrap();
    provider.has(&[("sub_1", "price_team", "active")]);
    let (body, signed) = event("evt_1", UPDATED, "cus_1");
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    for header in [
        String::new(),
        "t=1,v1=00".to_owned(),
        signed.replace("v1=", "v0="),
        signature(b"another body", now),
        // Genuine, and too old: a replay.
        signature(&body, now - 301),
    ] {
        let refused = hear(&door, (body.clone(), header)).await;
        assert_eq!(refused.unwrap_err(), "billing.signature_invalid");
    }
    let unreadable = b"null".to_vec();
    let header = signature(&unreadable, now);
    assert_eq!(
        hear(&door, (unreadable, header)).await.unwrap_err(),
        "billing.event_unreadable"
    );
    assert_eq!(standing(&door, &ann).await.plan, "free");
    // Of another customer of the same account, or about something else: taken, and nothing.
    assert!(!hear(&door, event("evt_2", UPDATED, "cus_9")).await.unwrap());
    assert!(
        !hear(&door, event("evt_3", "charge.refunded", "cus_1"))
            .await
            .unwrap()
    );
    assert_eq!(standing(&door, &ann).await.plan, "free");
    assert!(hear(&door, (body.clone(), signed.clone())).await.unwrap());
    assert!(!hear(&door, (body, signed)).await.unwrap());
    assert_eq!(standing(&door, &ann).await.plan, "team");
}

#[tokio::test]
async fn an_event_whose_answer_never_came_is_taken_when_it_is_sent_again() {
    let provider = Provider::start().await;
    let (door, ann) = shop(&provider).await;
    buy(&door, &ann, "team", "").await.unwrap();
    provider.is_away(true);
    let away = hear(&door, event("evt_1", UPDATED, "cus_1")).await;
    assert_eq!(away.unwrap_err(), "billing.provider_unavailable");
    provider.is_away(false);
    provider.has(&[("sub_1", "price_of_nobody", "active")]);
    let unknown = hear(&door, event("evt_1", UPDATED, "cus_1")).await;
    assert_eq!(unknown.unwrap_err(), "billing.price_unknown");
    provider.has(&[("sub_1", "price_team_before", "trialing")]);
    assert!(hear(&door, event("evt_1", UPDATED, "cus_1")).await.unwrap());
    let now = standing(&door, &ann).await;
    assert_eq!(
        (now.plan.as_str(), now.state.as_str()),
        ("team", "trialing")
    );
}

#[tokio::test]
async fn every_order_of_four_events_with_copies_ends_in_the_same_state() {
    let life: [&[(&str, &str, &str)]; 4] = [
        &[("sub_1", "price_team", "trialing")],
        &[("sub_1", "price_team", "past_due")],
        &[("sub_1", "price_business", "active")],
        // Ended and bought again: two subscriptions, of which one counts.
        &[
            ("sub_1", "price_business", "canceled"),
            ("sub_2", "price_team", "past_due"),
        ],
    ];
    let provider = Provider::start().await;
    let (door, ann) = shop(&provider).await;
    buy(&door, &ann, "team", "").await.unwrap();
    for order in orders() {
        door.change(
            "delete from tenant.billing_events;
             update tenant.subscriptions set subscription_id = null, plan = null, status = null,
                 as_of = null, failing_since = null",
        )
        .await;
        let mut happened = 0;
        for (place, which) in order.into_iter().enumerate() {
            // An event exists only when it has happened; what it leads to is asked of the present.
            happened = happened.max(which);
            provider.has(life[happened]);
            let id = format!("evt_{which}");
            assert!(hear(&door, event(&id, UPDATED, "cus_1")).await.unwrap());
            // A copy at once, and of one before.
            for copy in [which, order[place / 2]] {
                let id = format!("evt_{copy}");
                assert!(!hear(&door, event(&id, UPDATED, "cus_1")).await.unwrap());
            }
        }
        let end = "select concat_ws(' ', subscription_id, plan, status,
                          failing_since is not null, (select count(*) from tenant.billing_events))
                   from tenant.subscriptions";
        assert_eq!(door.text(end).await, "sub_2 team past_due t 4", "{order:?}");
        let now = standing(&door, &ann).await;
        assert_eq!((now.state.as_str(), now.may_scan), ("grace", true));
    }
}

/// Every order of four.
fn orders() -> Vec<[usize; 4]> {
    let mut all = Vec::new();
    for n in 0..256_usize {
        let order = [n / 64, n / 16 % 4, n / 4 % 4, n % 4];
        let distinct: std::collections::BTreeSet<_> = order.iter().collect();
        if distinct.len() == 4 {
            all.push(order);
        }
    }
    assert_eq!(all.len(), 24);
    all
}

#[tokio::test]
async fn after_the_grace_scanning_pauses_and_reading_goes_on() {
    let provider = Provider::start().await;
    let (door, ann) = shop(&provider).await;
    buy(&door, &ann, "team", "").await.unwrap();
    provider.has(&[("sub_1", "price_team", "past_due")]);
    hear(&door, event("evt_1", UPDATED, "cus_1")).await.unwrap();
    let now = standing(&door, &ann).await;
    assert_eq!((now.state.as_str(), now.may_scan), ("grace", true));
    assert!(now.until.is_some());
    door.change("update tenant.subscriptions set failing_since = now() - interval '7 days'")
        .await;
    let now = standing(&door, &ann).await;
    assert_eq!(
        (now.plan.as_str(), now.state.as_str()),
        ("team", "past_due")
    );
    assert!(!now.may_scan);
    let asked = door.ask(Some(&ann), ListUsersRequest {});
    assert!(door.people().list_users(asked).await.is_ok());
    // Paid: at once as before.
    provider.has(&[("sub_1", "price_team", "active")]);
    hear(&door, event("evt_2", "invoice.paid", "cus_1"))
        .await
        .unwrap();
    assert!(standing(&door, &ann).await.may_scan);
}

#[tokio::test]
async fn where_nothing_is_sold_everybody_has_the_plan_of_the_operator() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let seen = billing(&door, &ann).await;
    assert!(!seen.sells && !seen.subscribed);
    assert_eq!(seen.standing.unwrap().plan, "enterprise");
    let refused = buy(&door, &ann, "team", "").await;
    assert_eq!(refused.unwrap_err(), "billing.not_configured");
    let heard = hear(&door, event("evt_1", UPDATED, "cus_1")).await;
    assert_eq!(heard.unwrap_err(), "billing.not_configured");
}
