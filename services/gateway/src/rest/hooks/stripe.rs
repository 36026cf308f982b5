//! The payment provider's webhook. The signature is over the bytes, so they are passed on untouched
//! to the service that knows the secret.
use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use wt_fault::Kind;
use wt_proto::tenant::HearStripeRequest;

use crate::{
    Edge,
    rest::{extract, problem::Problem},
};

/// The header that holds the signature.
const SIGNATURE: &str = "stripe-signature";
/// Longest signature header taken: a few signatures of 64 digits.
const SIGNATURE_BYTES_MAX: usize = 2_048;
/// Longest event taken; the provider's largest, a long invoice, is a fraction of it.
const EVENT_BYTES_MAX: usize = 512 * 1024;

/// Takes a signed event of the payment provider. One that was taken before, or is about nothing
/// here, is taken too: anything but 2xx makes the provider send it again.
#[utoipa::path(post, path = "/hooks/stripe", tag = "billing",
    params(("stripe-signature" = Option<String>, Header, description = "`t=…,v1=…` over the body; refused without")),
    request_body(content = Object, content_type = "application/json", description = "an event"),
    responses((status = 204, description = "taken")),
    security(()))]
pub(crate) async fn hear_stripe(
    State(edge): State<Edge>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let signature = request
        .headers()
        .get(SIGNATURE)
        .and_then(|value| value.to_str().ok())
        .filter(|value| value.len() <= SIGNATURE_BYTES_MAX)
        .map(ToOwned::to_owned);
    let (parts, body) = request.into_parts();
    let Some(signature) = signature else {
        edge.limits().take_refused(&parts, &edge).await?;
        return Err(not_signed());
    };
    let request = Request::from_parts(parts.clone(), body);
    let body = extract::read(request, &edge).await?;
    if body.len() > EVENT_BYTES_MAX {
        return Err(Problem::new(
            Kind::TooLarge,
            "request.too_large",
            format!("an event is at most {EVENT_BYTES_MAX} bytes"),
        ));
    }
    let heard = edge
        .clients()
        .nobody_paying()?
        .hear_stripe(HearStripeRequest {
            body: body.to_vec(),
            signature,
        })
        .await;
    match heard {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(status) => {
            let problem = Problem::from(status);
            if problem.kind() == Kind::Invalid {
                edge.limits().take_refused(&parts, &edge).await?;
            }
            Err(problem)
        }
    }
}

/// As the service would say.
fn not_signed() -> Problem {
    Problem::new(
        Kind::Invalid,
        "billing.signature_invalid",
        "the webhook's signature is not valid",
    )
}
