//! Instants as the API writes them: RFC 3339, UTC.
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{OffsetDateTime, UtcOffset};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type},
    },
};
use wt_proto::convert::{from_timestamp, to_timestamp};

use super::problem::Problem;

/// An instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) OffsetDateTime);

/// The wire's instant.
type Timestamp = prost_types::Timestamp;

impl Moment {
    /// An instant that may be unset.
    pub(crate) fn maybe(at: Option<&Timestamp>) -> Option<Self> {
        from_timestamp(at).map(Self)
    }

    /// An instant the contract requires.
    pub(crate) fn required(field: &'static str, at: Option<&Timestamp>) -> Result<Self, Problem> {
        Self::maybe(at).ok_or_else(|| Problem::broken_answer(field))
    }

    /// As the services take it.
    pub(crate) fn to_wire(self) -> Timestamp {
        to_timestamp(self.0)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        time::serde::rfc3339::serialize(&self.0.to_offset(UtcOffset::UTC), serializer)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        time::serde::rfc3339::deserialize(deserializer).map(Self)
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        RefOr::T(Schema::Object(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
                .build(),
        ))
    }
}

impl ToSchema for Moment {}
