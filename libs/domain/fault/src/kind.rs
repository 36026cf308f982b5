//! The closed list of kinds and what each means to gRPC, HTTP and callers.

/// What went wrong, by what the caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request is malformed; change it.
    Invalid,
    /// Nobody is signed in.
    Unauthenticated,
    /// Signed in, but not allowed.
    Forbidden,
    /// Not there, or not yours to know.
    NotFound,
    /// Somebody or something else got there first.
    Conflict,
    /// The thing is not in a state that allows this.
    Precondition,
    /// A quota or rate is used up.
    Exhausted,
    /// The request is too big.
    TooLarge,
    /// The caller went away.
    Cancelled,
    /// It took too long.
    Deadline,
    /// A dependency is away; try again.
    Unavailable,
    /// A bug or a broken dependency.
    Internal,
    /// Stored data contradicts itself.
    Inconsistent,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Invalid,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::Precondition,
        Self::Exhausted,
        Self::TooLarge,
        Self::Cancelled,
        Self::Deadline,
        Self::Unavailable,
        Self::Internal,
        Self::Inconsistent,
    ];

    /// The word used on the wire and in problem documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Precondition => "precondition",
            Self::Exhausted => "exhausted",
            Self::TooLarge => "too_large",
            Self::Cancelled => "cancelled",
            Self::Deadline => "deadline",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
            Self::Inconsistent => "inconsistent",
        }
    }

    /// Reads the wire word; an unknown one (a newer peer's) is `Internal`.
    pub fn from_word(word: &str) -> Self {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == word)
            .unwrap_or(Self::Internal)
    }

    /// The HTTP status the gateway answers with (RFC 9110 §15).
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Invalid => 422,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::Precondition => 409,
            Self::Exhausted => 429,
            Self::TooLarge => 413,
            Self::Cancelled => 499,
            Self::Deadline => 504,
            Self::Unavailable => 503,
            Self::Internal | Self::Inconsistent => 500,
        }
    }

    /// The gRPC status code number (google.rpc.Code).
    pub const fn grpc_code(self) -> i32 {
        match self {
            Self::Cancelled => 1,
            Self::Invalid | Self::TooLarge => 3,
            Self::Deadline => 4,
            Self::NotFound => 5,
            Self::Conflict => 6,
            Self::Forbidden => 7,
            Self::Exhausted => 8,
            Self::Precondition => 9,
            Self::Internal => 13,
            Self::Unavailable => 14,
            Self::Inconsistent => 15,
            Self::Unauthenticated => 16,
        }
    }

    /// Whether the same request may succeed later.
    pub const fn may_retry(self) -> bool {
        matches!(self, Self::Exhausted | Self::Deadline | Self::Unavailable)
    }

    /// Whether an operator should look (logged at error; the others at info).
    pub const fn is_operators(self) -> bool {
        matches!(
            self,
            Self::Internal | Self::Inconsistent | Self::Unavailable
        )
    }
}
