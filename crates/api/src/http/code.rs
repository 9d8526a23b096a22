//! The codes of problems. The set is closed, because programs depend on the names. docs/errors.md
//! explains each one.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:ident, $title:literal;)*) => {
        /// A kind of problem, for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The name, such as `not_found`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$name => $code,)*
                }
            }

            /// The HTTP status that goes with it.
            pub fn status(self) -> StatusCode {
                match self {
                    $(Code::$name => StatusCode::$status,)*
                }
            }

            /// The kind of problem in words.
            pub fn title(self) -> &'static str {
                match self {
                    $(Code::$name => $title,)*
                }
            }
        }
    };
}

codes! {
    /// The request cannot be read at all.
    Unreadable = "unreadable", BAD_REQUEST, "The request cannot be read";
    /// A key stands in the address, where logs keep it.
    KeyInAddress = "key_in_address", BAD_REQUEST, "A key in the address";
    /// No valid key.
    Unauthorized = "unauthorized", UNAUTHORIZED, "No valid API key";
    /// The key's scope does not allow it.
    Forbidden = "forbidden", FORBIDDEN, "The API key may not do this";
    /// A page of another site asks with the session of this one.
    CrossSite = "cross_site", FORBIDDEN, "A page of another site asks";
    /// There is no such thing in the workspace.
    NotFound = "not_found", NOT_FOUND, "There is no such thing";
    /// The path does not answer this method.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The method is not known here";
    /// It collides with what is there.
    Conflict = "conflict", CONFLICT, "The request does not fit what is there";
    /// The state of a batch does not allow it.
    WrongState = "wrong_state", CONFLICT, "The state does not allow it";
    /// The Idempotency-Key was used for another request.
    IdempotencyKeyReused = "idempotency_key_reused", CONFLICT, "The key belongs to another request";
    /// The same request is being answered.
    IdempotencyInProgress = "idempotency_in_progress", CONFLICT, "The request is being answered";
    /// Somebody changed it since.
    ChangedMeanwhile = "changed_meanwhile", PRECONDITION_FAILED, "It is not what it was";
    /// A body, a field or a file is larger than allowed.
    TooLarge = "too_large", PAYLOAD_TOO_LARGE, "The request is too large";
    /// The body is of another type.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE,
        "The body is of another type";
    /// It was read, and is wrong.
    InvalidRequest = "invalid_request", UNPROCESSABLE_ENTITY, "The request is not valid";
    /// Nothing can be made of the file.
    FileRefused = "file_refused", UNPROCESSABLE_ENTITY, "This file cannot be taken";
    /// A key asks too often.
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "Too many requests";
    /// The workspace reads as many streams of events as it may.
    TooManyStreams = "too_many_streams", TOO_MANY_REQUESTS, "Too many streams";
    /// The workspace sends as many files as it may.
    TooManyFiles = "too_many_files", TOO_MANY_REQUESTS, "Too many files at once";
    /// It is our fault.
    Internal = "internal", INTERNAL_SERVER_ERROR, "The server failed";
    /// The model's client can ask for it, and Campanile does not do it.
    NotSupported = "not_supported", NOT_IMPLEMENTED, "Campanile does not do this";
    /// The server is not ready, or did not answer in time.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The server is not ready";
    /// The disk is full, read-only or broken, or the database is damaged.
    StoreFailing = "store_failing", SERVICE_UNAVAILABLE, "The database cannot be written";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained() {
        let page = include_str!("../../../../docs/errors.md");
        for code in Code::ALL {
            let row = format!("| `{}` | {} |", code.as_str(), code.status().as_u16());
            assert!(page.contains(&row), "docs/errors.md lacks {row}");
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        let rows = page.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, Code::ALL.len(), "docs/errors.md has a code that is not there");
    }
}
