//! What plans cost, as the operator said it.

use wt_plan::PriceList;
use wt_proto::tenant;

use crate::api::Api;

pub(super) fn list_prices(api: &Api) -> tenant::ListPricesResponse {
    tenant::ListPricesResponse {
        prices: wire_prices(api.billing.prices()),
    }
}

pub(super) fn wire_prices(list: &PriceList) -> Vec<tenant::Price> {
    list.iter()
        .map(|(plan, price)| tenant::Price {
            plan: plan.to_string(),
            period: price.period.as_str().to_owned(),
            amount: price.amount.to_string(),
            currency: price.currency.to_string(),
        })
        .collect()
}
