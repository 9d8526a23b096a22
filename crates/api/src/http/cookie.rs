//! The session cookie of a browser, and which site's page caused a request.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::http::{
    guard::Client,
    problem::{Code, Problem},
};

/// The name of the cookie on plain and on encrypted connections. The prefix `__Host-` guarantees
/// that only this host set the cookie.
pub const COOKIE: &str = "campanile_session";
const SECURE_COOKIE: &str = "__Host-campanile_session";

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The `Set-Cookie` header. Without `Max-Age`, browsers keep the cookie until they are closed.
pub fn cookie(client: Client, key: &str, more: &str) -> HeaderMap {
    let (name, secure) = named(client);
    let value = format!("{name}={key}; Path=/; HttpOnly; SameSite=Strict{secure}{more}");
    // A valid key is hexadecimal, so the conversion fails for invalid keys only.
    let value = HeaderValue::try_from(value);
    value.into_iter().map(|value| (header::SET_COOKIE, value)).collect()
}

fn named(client: Client) -> (&'static str, &'static str) {
    if client.secure { (SECURE_COOKIE, "; Secure") } else { (COOKIE, "") }
}

/// The API key in the session cookie of a request, if there is one.
pub fn key_of(headers: &HeaderMap, client: Client) -> Option<&str> {
    let (wanted, _) = named(client);
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted && !value.is_empty()).then_some(value)
    });
    pairs.next()
}

/// The origin of the page that caused a browser's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// A page of this server.
    OwnPage,
    /// A page of another site, or of the same site under another host name.
    AnotherSite,
    /// The request has neither `Sec-Fetch-Site` nor `Origin`; it comes from a program, not a
    /// browser.
    Unknown,
}

/// Determines the origin of a request from `Sec-Fetch-Site`. Browsers that do not send it are
/// judged by comparing `Origin` with `Host`.
pub fn asker(headers: &HeaderMap, client: Client) -> Asker {
    let (site, origin) = (headers.get(FETCH_SITE), headers.get(header::ORIGIN));
    let own = match (site, origin) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let scheme = if client.secure { "https" } else { "http" };
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
            host.is_some_and(|host| origin == format!("{scheme}://{host}").as_str())
        }
        (None, None) => return Asker::Unknown,
    };
    if own { Asker::OwnPage } else { Asker::AnotherSite }
}

/// The problem for a request that another site's page, or a page of unknown origin, caused.
pub fn cross_site() -> Problem {
    let detail = "The session's cookie changes things only for pages of this server, which the \
                  browser tells by Sec-Fetch-Site or Origin; a program sends its key as \
                  Authorization: Bearer key_id:secret.";
    Problem::new(Code::CrossSite, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(secure: bool) -> Client {
        Client { ip: [127, 0, 0, 1].into(), secure }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_browsers_word_on_the_site_goes_before_the_origin() {
        let asked = |pairs: &[(&'static str, &'static str)]| asker(&headers(pairs), client(false));
        let (host, own) = (("host", "a:80"), ("origin", "http://a:80"));
        assert_eq!(asked(&[("sec-fetch-site", "same-origin")]), Asker::OwnPage);
        for site in ["same-site", "cross-site", "none", ""] {
            assert_eq!(asked(&[("sec-fetch-site", site), host, own]), Asker::AnotherSite, "{site}");
        }
        assert_eq!(asked(&[host, own]), Asker::OwnPage);
        for origin in ["http://a", "https://a:80", "http://b:80", "http://a:80.b", "null"] {
            assert_eq!(asked(&[host, ("origin", origin)]), Asker::AnotherSite, "{origin}");
        }
        assert_eq!(asked(&[own]), Asker::AnotherSite, "no Host");
        assert_eq!(asked(&[host]), Asker::Unknown);
    }

    #[test]
    fn where_it_is_encrypted_only_this_hosts_own_cookie_counts() {
        let both = headers(&[("cookie", "a=b; campanile_session=x; __Host-campanile_session=y")]);
        assert_eq!(key_of(&both, client(true)), Some("y"));
        assert_eq!(key_of(&both, client(false)), Some("x"));
        let plain = headers(&[("cookie", "campanile_session=x")]);
        assert_eq!(key_of(&plain, client(true)), None);
        assert_eq!(key_of(&headers(&[("cookie", "campanile_session=")]), client(false)), None);
    }
}
