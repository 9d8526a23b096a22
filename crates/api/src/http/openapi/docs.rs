//! `/openapi.json`, and `/docs` to browse it. Both are public and load nothing from other servers.

use std::sync::{Arc, LazyLock};

use axum::{
    Extension,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use utoipa_swagger_ui::{Config, serve};

use crate::http::{
    guard::Cached,
    problem::{Answer, Problem},
};

/// The content security policy of the page: its own scripts and styles, and requests to this
/// server.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' \
    'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/openapi.json")));

/// Serves the OpenAPI document.
pub async fn document(State(document): State<Bytes>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document).into_response()
}

/// Serves a file of the page.
pub async fn page(path: Option<Path<String>>) -> Answer<Response> {
    let path = path.map(|Path(path)| path).unwrap_or_default();
    let found = serve(&path, CONFIG.clone()).map_err(Problem::internal)?;
    let file = found
        .ok_or_else(|| Problem::not_found(format!("There is no {path} here; open /docs/.")))?;
    let headers = [
        (header::CONTENT_TYPE, file.content_type),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY.to_owned()),
    ];
    Ok((Extension(Cached), headers, file.bytes.into_owned()).into_response())
}
