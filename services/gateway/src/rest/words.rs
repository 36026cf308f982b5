//! The contract's closed vocabularies as schemas, taken from the one place that declares them.
use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, de};
use utoipa::openapi::{
    RefOr, Schema,
    schema::{ObjectBuilder, SchemaType, Type},
};

/// The same word or null, which is as if it were absent.
fn or_null(word: RefOr<Schema>) -> RefOr<Schema> {
    match word {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = SchemaType::Array(vec![Type::String, Type::Null]);
            if let Some(words) = &mut object.enum_values {
                words.push(serde_json::Value::Null);
            }
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// Schema of an optional `wt_model::AssetKind`.
pub(crate) fn optional_asset_kind() -> RefOr<Schema> {
    or_null(asset_kind())
}

/// Schema of an optional `wt_model::Role`.
pub(crate) fn optional_role() -> RefOr<Schema> {
    or_null(role())
}

macro_rules! words {
    ($($function:ident = $type:ident),+ $(,)?) => {$(
        #[doc = concat!("Schema of `wt_model::", stringify!($type), "`.")]
        pub(crate) fn $function() -> RefOr<Schema> {
            RefOr::T(Schema::Object(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(wt_model::$type::ALL.iter().map(|word| word.as_str())))
                    .build(),
            ))
        }
    )+};
}

words! {
    severity = Severity,
    exposure_state = ExposureState,
    event_type = EventType,
    run_state = RunState,
    run_kind = RunKind,
    job_state = JobState,
    profile = Profile,
    policy = Policy,
    asset_kind = AssetKind,
    import_format = ImportFormat,
    method = VerificationMethod,
    action_kind = ActionKind,
    role = Role,
}

/// The same word or an empty text, which is none: how a form leaves a choice open.
fn or_empty(word: RefOr<Schema>) -> RefOr<Schema> {
    match word {
        RefOr::T(Schema::Object(mut object)) => {
            if let Some(words) = &mut object.enum_values {
                words.push("".into());
            }
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

macro_rules! asked {
    ($($function:ident = $word:ident),+ $(,)?) => {$(
        #[doc = concat!("Schema of `", stringify!($word), "` as a list is asked for it: a [`Word`].")]
        pub(crate) fn $function() -> RefOr<Schema> {
            or_empty($word())
        }
    )+};
}

asked! {
    asked_severity = severity,
    asked_run_state = run_state,
    asked_run_kind = run_kind,
    asked_asset_kind = asset_kind,
    asked_action_kind = action_kind,
}

/// Several words of one vocabulary, separated by commas: `?state=open,fixed`.
#[derive(Debug)]
pub(crate) struct Listed<T>(pub(crate) Vec<T>);

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: fmt::Display> Listed<T> {
    /// The words as the services take them.
    pub(crate) fn to_words(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl<'de, T> Deserialize<'de> for Listed<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<T>(PhantomData<T>);
        impl<T> de::Visitor<'_> for Text<T>
        where
            T: FromStr,
            T::Err: fmt::Display,
        {
            type Value = Listed<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("words separated by commas")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Listed<T>, E> {
                text.split(',')
                    .map(str::trim)
                    .filter(|word| !word.is_empty())
                    .map(|word| word.parse().map_err(E::custom))
                    .collect::<Result<_, _>>()
                    .map(Listed)
            }
        }
        deserializer.deserialize_str(Text(PhantomData))
    }
}

/// One word of a vocabulary; empty means none, as in `?severity=`.
#[derive(Debug)]
pub(crate) struct Word<T>(pub(crate) Option<T>);

impl<T> Default for Word<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: fmt::Display> Word<T> {
    /// The word as the services take it.
    pub(crate) fn to_word(&self) -> String {
        self.0.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

impl<'de, T> Deserialize<'de> for Word<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self(None));
        }
        text.parse()
            .map(|word| Self(Some(word)))
            .map_err(de::Error::custom)
    }
}
