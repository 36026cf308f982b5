//! Keyset pages (contracts §11): `?cursor=&limit=` in, `{items, next_cursor}` out.
use serde::Deserialize;
use utoipa::IntoParams;
use wt_model::PAGE_LIMIT_MAX;
use wt_proto::common::PageRequest;

use super::{extract::Checked, problem::Problem};

/// Which part of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// `next_cursor` of the page before; absent for the first.
    #[serde(default)]
    #[param(max_length = 512)]
    pub(crate) cursor: String,
    /// Rows wanted.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<u32>,
}

impl Checked for PageQuery {
    fn check(&self) -> Result<(), Problem> {
        if self
            .limit
            .is_some_and(|limit| limit == 0 || limit > u32::from(PAGE_LIMIT_MAX))
        {
            return Err(Problem::invalid_field(
                "limit",
                format!("must be between 1 and {PAGE_LIMIT_MAX}"),
            ));
        }
        Ok(())
    }
}

impl From<PageQuery> for PageRequest {
    fn from(query: PageQuery) -> Self {
        Self {
            cursor: query.cursor,
            limit: query.limit.unwrap_or(0),
        }
    }
}

/// The cursor as people read it: absent on the last page.
pub(crate) fn next_cursor(cursor: String) -> Option<String> {
    (!cursor.is_empty()).then_some(cursor)
}

/// Declares one page type: a generic one would be called `Page_Asset` in the contract.
macro_rules! page {
    ($(#[$meta:meta])* $name:ident of $item:ty) => {
        $(#[$meta])*
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        pub(crate) struct $name {
            /// The rows.
            pub(crate) items: Vec<$item>,
            /// Where the next page starts; null on the last.
            #[schema(required = true)]
            pub(crate) next_cursor: Option<String>,
        }

        impl $name {
            /// A page of a service's rows.
            pub(crate) fn from_wire<W>(rows: Vec<W>, cursor: String) -> Result<Self, $crate::rest::problem::Problem>
            where
                $item: TryFrom<W, Error = $crate::rest::problem::Problem>,
            {
                Ok(Self {
                    items: rows.into_iter().map(TryFrom::try_from).collect::<Result<_, _>>()?,
                    next_cursor: $crate::rest::page::next_cursor(cursor),
                })
            }
        }
    };
}
pub(crate) use page;
