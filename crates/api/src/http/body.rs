//! The media type and the size of request bodies.

use axum::{
    body::Bytes,
    extract::Request,
    http::{HeaderMap, header},
};

use crate::http::problem::Problem;

/// The longest JSON body without recipients, in bytes.
pub const MAX_JSON_BYTES: usize = 1 << 20;

/// The longest JSON body with recipients, in bytes.
pub const MAX_LIST_BYTES: usize = 16 << 20;

/// The media type of a body in lower case, without parameters. Empty if there is none.
pub fn kind_of(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase()
}

/// Reads a body of at most `most` bytes.
pub async fn read_body(request: Request, most: usize) -> Result<Bytes, Problem> {
    axum::body::to_bytes(request.into_body(), most).await.map_err(|error| {
        let limited = std::error::Error::source(&error)
            .is_some_and(|cause| cause.to_string().contains("length limit"));
        match limited {
            true => Problem::too_large(format!("A JSON body may have {most} bytes here.")),
            false => Problem::unreadable("The body broke off; send the request again."),
        }
    })
}

/// Whether the body is a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    kind_of(headers).starts_with("multipart/")
}
