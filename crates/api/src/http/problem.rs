//! Error responses as RFC 9457 problem details.

use axum::{
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use campanile_service::{Error, fields::Mistake};
use campanile_store::{StoreError, Trouble};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use crate::http::code::Code;

/// The media type of a problem (RFC 9457 §3).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// An error response: what went wrong with a request, and what to do.
#[derive(Debug, Clone)]
pub struct Problem(Box<Details>);

/// Problem details (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Details {
    /// `urn:campanile:problem:` and the code; the same for the same kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:campanile:problem:not_found")]
    kind: String,
    /// The kind of problem in words.
    title: &'static str,
    /// The HTTP status.
    #[serde(serialize_with = "as_number")]
    #[schema(value_type = u16)]
    status: StatusCode,
    /// The kind of problem for programs.
    code: Code,
    /// What happened, to what, and what to do.
    detail: String,
    /// Each mistake of the request and where it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<Mistake>,
    /// More members, such as the preflight report of a refused file.
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// The result of a handler.
pub type Answer<T> = Result<T, Problem>;

fn as_number<S: serde::Serializer>(status: &StatusCode, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_u16(status.as_u16())
}

impl Problem {
    /// A problem of a kind.
    pub fn new(code: Code, detail: impl Into<String>) -> Problem {
        Problem(Box::new(Details {
            kind: format!("urn:campanile:problem:{}", code.as_str()),
            title: code.title(),
            status: code.status(),
            code,
            detail: detail.into(),
            errors: Vec::new(),
            more: Map::new(),
        }))
    }

    /// 401.
    pub fn unauthorized(detail: impl Into<String>) -> Problem {
        Self::new(Code::Unauthorized, detail)
    }

    /// 401: the permission for what had begun was lost.
    pub fn ended() -> Problem {
        Self::unauthorized(
            "The key was revoked, has expired or allows less than before, or its workspace is \
             gone: what it had begun was ended.",
        )
    }

    /// 403.
    pub fn forbidden(detail: impl Into<String>) -> Problem {
        Self::new(Code::Forbidden, detail)
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Problem {
        Self::new(Code::NotFound, detail)
    }

    /// 400: the request cannot even be read.
    pub fn unreadable(detail: impl Into<String>) -> Problem {
        Self::new(Code::Unreadable, detail)
    }

    /// 413.
    pub fn too_large(detail: impl Into<String>) -> Problem {
        Self::new(Code::TooLarge, detail)
    }

    /// 415.
    pub fn unsupported_media(detail: impl Into<String>) -> Problem {
        Self::new(Code::UnsupportedMediaType, detail)
    }

    /// 422 with every mistake.
    pub fn invalid(errors: Vec<Mistake>) -> Problem {
        let detail = match errors.as_slice() {
            [] => "The request is not valid.".to_owned(),
            [one] if one.pointer.is_empty() => format!("The body {}.", one.detail),
            [one] => format!("{}: {}", one.pointer.trim_start_matches('/'), one.detail),
            more => format!("The request has {} mistakes.", more.len()),
        };
        Self::new(Code::InvalidRequest, detail).with_errors(errors)
    }

    /// 500: a fault of the server. The details are in the log only.
    pub fn internal(error: impl std::fmt::Display) -> Problem {
        tracing::error!(%error, "a request failed");
        let detail = "Something failed on our side; the server's log says what. Trying again is \
                      safe with the same Idempotency-Key.";
        Self::new(Code::Internal, detail)
    }

    /// 503.
    pub fn unavailable(detail: impl Into<String>) -> Problem {
        Self::new(Code::Unavailable, detail)
    }

    /// 503: the disk or the database on it failed.
    pub fn of_disk(cause: impl std::fmt::Display) -> Problem {
        Self::new(
            Code::StoreFailing,
            format!(
                "It could not be stored or read: {cause}. Nobody is called until the database can \
                 be written again, which is tried all the time. Asking again later is safe, for a \
                 POST with the same Idempotency-Key."
            ),
        )
    }

    /// The problem for an I/O error on one of the server's files: 503 for disk trouble, otherwise
    /// 500.
    pub fn of_file(error: &std::io::Error) -> Problem {
        match Trouble::of_io(error) {
            Some(trouble) => Problem::of_disk(trouble),
            None => Problem::internal(error),
        }
    }

    /// Adds the mistakes of the request.
    pub fn with_errors(mut self, errors: Vec<Mistake>) -> Problem {
        self.0.errors = errors;
        self
    }

    /// The JSON body.
    pub fn body(&self) -> Value {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Replaces JSON pointers in the mistakes by the names that the client knows. Each pair is our
    /// pointer and the client's.
    pub fn renamed(self, names: &[(&str, &str)]) -> Problem {
        if self.0.errors.is_empty() {
            return self;
        }
        let theirs = |mistake: Mistake| {
            let named = names.iter().find(|(ours, _)| *ours == mistake.pointer);
            match named {
                Some((_, theirs)) => Mistake::new(*theirs, mistake.detail),
                None => mistake,
            }
        };
        Problem::invalid(self.0.errors.into_iter().map(theirs).collect())
    }

    /// Adds a member to the problem.
    pub fn with(mut self, member: &str, value: impl Serialize) -> Problem {
        let value = serde_json::to_value(value).unwrap_or_default();
        self.0.more.insert(member.to_owned(), value);
        self
    }
}

impl From<Vec<Mistake>> for Problem {
    fn from(mistakes: Vec<Mistake>) -> Problem {
        Problem::invalid(mistakes)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        match error {
            Error::Invalid(mistakes) => Problem::invalid(mistakes),
            Error::WrongState { detail, mistakes } => {
                Problem::new(Code::WrongState, detail).with_errors(mistakes)
            }
            Error::Conflict(words) => Problem::new(Code::Conflict, words),
            Error::Changed(words) => Problem::new(Code::ChangedMeanwhile, words),
            Error::Refused(preflight) => {
                let detail = preflight.refused.as_ref().map(|refused| refused.detail.clone());
                Problem::new(Code::FileRefused, detail.unwrap_or_default())
                    .with("preflight", preflight)
            }
            Error::Store(error) => error.into(),
            Error::Read(error) => Problem::of_file(&error),
            Error::Ended => Problem::ended(),
            Error::CutShort => Problem::internal("an import was cut short"),
            Error::Internal(words) => Problem::internal(words),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error {
            StoreError::NotFound(what) => Problem::not_found(format!("There is no {what}.")),
            StoreError::Refused(refused) => Problem::new(Code::WrongState, refused.to_string()),
            StoreError::Conflict(words) => Problem::new(Code::Conflict, words),
            // The store logs its own health, once for all requests.
            StoreError::Disk(trouble) => Problem::of_disk(trouble.to_string()),
            StoreError::Damaged(_) => Problem::of_disk(error.to_string()),
            StoreError::Database(words) => Problem::internal(words),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (self.0.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if self.0.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // A handler that knows a better `Retry-After` replaces this one.
        match self.0.code {
            Code::TooManyRequests | Code::TooManyStreams | Code::TooManyFiles => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
            }
            Code::StoreFailing => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response
    }
}

/// The response to an unknown path.
pub async fn no_such_path(uri: Uri) -> Problem {
    Problem::not_found(format!(
        "There is nothing at {}; docs/api.md lists what there is.",
        uri.path()
    ))
}

/// The response to a method that the path does not support.
pub async fn no_such_method(method: axum::http::Method, uri: Uri) -> Problem {
    let words = "the Allow header names what it does";
    let detail = format!("{} does not answer {method}; {words}.", uri.path());
    Problem::new(Code::MethodNotAllowed, detail)
}

/// The response after a panic in a handler, which ends that request only.
pub fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::internal("a handler panicked").into_response()
}
