//! The dashboard: static files in the binary, for every path that does not belong to the API.

use axum::{
    Extension,
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use crate::http::{guard::Cached, problem};

/// The content security policy of the pages: their own scripts, styles, images and sounds, and
/// requests to this server. Inline styles are set only by scripts.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    style-src-attr 'unsafe-inline'; img-src 'self' data:; media-src 'self' blob:; \
    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

const DRESS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(self), payment=(), usb=()",
    ),
];

/// First path segments that programs use, like the API's versions. An unknown path below them gets
/// a problem, not a page.
const OF_PROGRAMS: [&str; 6] = ["compat", "docs", "openapi.json", "healthz", "readyz", "metrics"];

const INDEX: &str = "index.html";

/// The page of a build without the dashboard.
const NOT_BUILT: &str = include_str!("not_built.html");

/// A file of the dashboard.
#[derive(Debug, Clone, Copy)]
struct File {
    /// The file's path below `/`.
    path: &'static str,
    /// The file's media type.
    kind: &'static str,
    plain: &'static [u8],
    /// The gzip form, if it is smaller.
    gzip: Option<&'static [u8]>,
    /// The ETag of the content.
    tag: &'static str,
}

mod built {
    use super::File;
    include!(concat!(env!("OUT_DIR"), "/dashboard.rs"));
}

/// Serves a file of the dashboard, or its HTML page for any other path. A client that does not
/// accept HTML gets a 404 problem for an unknown path.
pub async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    match find(built::FILES, &method, uri.path(), asks_for_page(&headers)) {
        Found::File(file) => serve(file, &headers),
        Found::NotBuilt => {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (StatusCode::NOT_FOUND, DRESS, kind, NOT_BUILT).into_response()
        }
        Found::Nothing => problem::no_such_path(uri).await.into_response(),
    }
}

enum Found {
    File(&'static File),
    NotBuilt,
    Nothing,
}

/// Whether a browser asks for a page. Programs accept anything or name another media type.
fn asks_for_page(asked: &HeaderMap) -> bool {
    let values = asked.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = values.flat_map(|value| value.split(','));
    kinds.any(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        ["text/html", "application/xhtml+xml"].iter().any(|page| kind.eq_ignore_ascii_case(page))
    })
}

fn find(files: &'static [File], method: &Method, path: &str, for_page: bool) -> Found {
    let path = path.trim_start_matches('/');
    let first = path.split('/').next().unwrap_or_default();
    let version = first.strip_prefix('v').is_some_and(|number| number.parse::<u32>().is_ok());
    let looks = [Method::GET, Method::HEAD].contains(method);
    if !looks || version || OF_PROGRAMS.contains(&first) {
        return Found::Nothing;
    }
    let named = |name: &str| files.iter().find(|file| file.path == name);
    if let Some(file) = named(path) {
        return Found::File(file);
    }
    // A path with a file extension is a file of another build or does not exist. Any other path is
    // resolved by the page itself.
    let is_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    // The path `/` gets the page for every client.
    if is_file || !(for_page || path.is_empty()) {
        return Found::Nothing;
    }
    named(INDEX).map_or(Found::NotBuilt, Found::File)
}

fn serve(file: &'static File, asked: &HeaderMap) -> Response {
    let gzip = file.gzip.filter(|_| takes_gzip(asked));
    let tag = format!("\"{}{}\"", file.tag, if gzip.is_some() { "-gzip" } else { "" });
    let keep = match file.path.starts_with("assets/") {
        // The name of such a file changes with its content.
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let known = has(asked, &tag);
    let about = [
        (header::CACHE_CONTROL, keep.to_owned()),
        (header::ETAG, tag),
        (header::VARY, header::ACCEPT_ENCODING.to_string()),
    ];
    let dressed = (Extension(Cached), DRESS, about);
    if known {
        return (StatusCode::NOT_MODIFIED, dressed).into_response();
    }
    let kind = [(header::CONTENT_TYPE, file.kind)];
    match gzip {
        Some(gzip) => (dressed, kind, [(header::CONTENT_ENCODING, "gzip")], gzip).into_response(),
        None => (dressed, kind, file.plain).into_response(),
    }
}

fn takes_gzip(asked: &HeaderMap) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).iter();
    let mut codings = values.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
        name.trim() == "gzip" && weight.unwrap_or(1.0) > 0.0
    })
}

fn has(asked: &HeaderMap, tag: &str) -> bool {
    let values = asked.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = values.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
    tags.any(|known| [tag, "*"].contains(&known.trim().trim_start_matches("W/")))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    static FILES: [File; 2] = [
        File {
            path: "assets/app-1.js",
            kind: "text/javascript; charset=utf-8",
            plain: b"let x = 1",
            gzip: Some(b"packed"),
            tag: "a1",
        },
        File {
            path: INDEX,
            kind: "text/html; charset=utf-8",
            plain: b"<p>",
            gzip: None,
            tag: "b2",
        },
    ];

    fn found(method: Method, path: &str) -> Option<&'static str> {
        match find(&FILES, &method, path, true) {
            Found::File(file) => Some(file.path),
            Found::NotBuilt | Found::Nothing => None,
        }
    }

    fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
        answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn an_address_of_the_page_is_the_page_and_an_unknown_file_is_nothing() {
        for path in ["/", "/batches/batch_12", "/settings/telephony", "/voices"] {
            assert_eq!(found(Method::GET, path), Some(INDEX), "{path}");
        }
        assert_eq!(found(Method::HEAD, "/assets/app-1.js"), Some("assets/app-1.js"));
        for path in ["/assets/app-0.js", "/robots.txt", "/v1", "/v2/batches", "/metrics/x"] {
            assert_eq!(found(Method::GET, path), None, "{path}");
        }
        assert_eq!(found(Method::POST, "/"), None);
        assert!(matches!(find(&[], &Method::GET, "/calls", true), Found::NotBuilt));
    }

    #[test]
    fn who_does_not_ask_for_a_page_gets_none_at_an_address_that_is_not_there() {
        let finds = |path| matches!(find(&FILES, &Method::GET, path, false), Found::File(_));
        assert!(finds("/") && finds("/assets/app-1.js"));
        assert!(!finds("/batch-calls") && !finds("/v1x/agents"));
        for (accept, is_page) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("application/json, Text/HTML;q=0.1", true),
            ("*/*", false),
            ("application/json", false),
        ] {
            let asked = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(asks_for_page(&asked), is_page, "{accept}");
        }
        assert!(!asks_for_page(&HeaderMap::new()));
    }

    #[test]
    fn what_never_changes_is_kept_for_ever_and_the_page_is_asked_for_anew() {
        let mut asked = HeaderMap::new();
        let page = serve(&FILES[1], &asked);
        assert_eq!((header(&page, "cache-control"), header(&page, "etag")), ("no-cache", "\"b2\""));
        assert!(header(&page, "content-security-policy").contains("script-src 'self';"));
        let script = serve(&FILES[0], &asked);
        assert!(header(&script, "cache-control").ends_with("immutable"));
        assert_eq!(header(&script, "content-encoding"), "");
        asked.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("br, gzip;q=0.5"));
        let script = serve(&FILES[0], &asked);
        let encoded = (header(&script, "content-encoding"), header(&script, "etag"));
        assert_eq!(encoded, ("gzip", "\"a1-gzip\""));
        asked.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"x\", W/\"a1-gzip\""));
        assert_eq!(serve(&FILES[0], &asked).status(), StatusCode::NOT_MODIFIED);
        asked.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip;q=0"));
        assert_eq!(serve(&FILES[0], &asked).status(), StatusCode::OK);
    }
}
