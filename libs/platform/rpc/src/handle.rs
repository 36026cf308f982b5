//! The two ends of a handler: who asks, and what is answered.

use tonic::{Request, Response, Status};
use wt_auth::{AuthFault, Caller};
use wt_fault::Fault;
use wt_model::Principal;

use crate::to_status;

/// The verified principal of a request, and its message.
///
/// # Errors
/// Unauthenticated when nobody is signed in.
pub fn open<T>(request: Request<T>) -> Result<(Principal, T), Status> {
    match caller(&request)?.principal.clone() {
        Some(principal) => Ok((principal, request.into_inner())),
        None => Err(to_status(&AuthFault::Unauthenticated {
            detail: "nobody is signed in",
        })),
    }
}

/// The message of a request that needs no principal, such as a sign-in; the caller must still
/// be one of our services.
///
/// # Errors
/// Unauthenticated when the call does not come from one of our services.
pub fn open_anonymous<T>(request: Request<T>) -> Result<(Caller, T), Status> {
    let caller = caller(&request)?.clone();
    Ok((caller, request.into_inner()))
}

/// The message and the principal, if there is one.
///
/// # Errors
/// Unauthenticated when the call does not come from one of our services.
pub fn open_any<T>(request: Request<T>) -> Result<(Option<Principal>, T), Status> {
    let principal = caller(&request)?.principal.clone();
    Ok((principal, request.into_inner()))
}

/// The answer of a handler, with its fault logged and mapped.
///
/// # Errors
/// The status of the fault.
pub fn close<T, F: Fault + 'static>(result: Result<T, F>) -> Result<Response<T>, Status> {
    result.map(Response::new).map_err(|fault| to_status(&fault))
}

fn caller<T>(request: &Request<T>) -> Result<&Caller, Status> {
    request.extensions().get::<Caller>().ok_or_else(|| {
        // Only a router without the authentication layer gets here.
        to_status(&AuthFault::Unauthenticated {
            detail: "the call was not authenticated",
        })
    })
}
