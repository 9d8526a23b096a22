//! Protection of the API: rate limits, time limits, and security headers of every response.

mod bucket;
mod files;
mod headers;
mod limits;
mod previews;
mod under_way;
mod visits;

pub use files::{FilePlace, Files};
pub use headers::{Cached, cors, dress};
pub use limits::hold_to_time;
pub use previews::Previews;
pub use under_way::keep_place;
pub use visits::{Visit, Visits};

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};

use campanile_metrics::{METRICS, labels::Refusal};
use campanile_rules::ids::WorkspaceId;

use crate::http::{
    problem::{Code, Problem},
    shares::{Share, Shares},
};
use bucket::{Allowance, Buckets, Pace, TooEarly};

/// The most buckets that are stored: per API key, and per address that sent a wrong key.
const MAX_BUCKETS: usize = 10_000;

/// The rate of wrong keys that one address may send.
const FAILURES: Pace = Pace { per_s: 1, burst: 10 };

/// How often the key behind a long request is checked. With the duration of the check, a request
/// ends within 5 s.
pub const LOOKED_AT_EVERY: Duration = Duration::from_secs(4);

/// An event stream that was silent for this long sends a heartbeat.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(15);

/// Header fields of draft-ietf-httpapi-ratelimit-headers-10.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Settings of rate limits, connections and timeouts.
#[derive(Debug, Clone)]
pub struct GuardConfig {
    /// Requests per second of one API key. 0 turns off all rate limits, also the one on wrong keys.
    pub requests_per_s: u32,
    /// Burst: requests of one API key that are allowed at once after a pause.
    pub requests_burst: u32,
    /// Origins whose pages may read answers, such as `https://console.example.com`.
    pub cors_origins: Vec<HeaderValue>,
    /// Whether the server is behind a proxy whose `X-Forwarded-For` and `X-Forwarded-Proto` are
    /// trusted.
    pub behind_proxy: bool,
    /// The most connections. When all are open, a new one replaces an idle or unauthenticated one;
    /// if there is none, it waits.
    pub max_connections: usize,
    /// The most connections of one address. Not applied behind a proxy.
    pub max_connections_per_address: usize,
    /// The most requests of one workspace in progress, including downloads and event streams.
    pub max_requests_of_workspace: usize,
    /// The most uploads of one workspace that are received or imported at once.
    pub max_files_of_workspace: usize,
    /// How long the head of a request may take, and how long a connection may be idle.
    pub header_timeout: Duration,
    /// How long the body of a request may stall.
    pub body_timeout: Duration,
    /// How long a request may take until its response begins. Uploads are exempt.
    pub request_timeout: Duration,
    /// How often the API key of a long request is checked again.
    pub keys_looked_at_every: Duration,
    /// The longest silence in an event stream.
    pub heartbeat_every: Duration,
}

impl Default for GuardConfig {
    fn default() -> Self {
        GuardConfig {
            requests_per_s: 50,
            requests_burst: 100,
            cors_origins: Vec::new(),
            behind_proxy: false,
            max_connections: 1_024,
            max_connections_per_address: 256,
            max_requests_of_workspace: 200,
            max_files_of_workspace: 16,
            header_timeout: Duration::from_secs(20),
            body_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(60),
            keys_looked_at_every: LOOKED_AT_EVERY,
            heartbeat_every: HEARTBEAT_EVERY,
        }
    }
}

/// The client of a connection. The extensions of each of its requests hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The client's address.
    pub ip: IpAddr,
    /// Whether the connection is encrypted.
    pub secure: bool,
}

/// The limits and their current use.
pub struct Guards {
    /// The settings.
    pub config: GuardConfig,
    counted: Option<Counted>,
    requests: Arc<Shares>,
    /// Uploads in progress.
    pub files: Files,
    /// Voice previews in progress.
    pub previews: Previews,
    /// Talks of browsers with agents.
    pub visits: Visits,
}

struct Counted {
    keys: Buckets<String>,
    failures: Buckets<IpAddr>,
}

impl Guards {
    /// Creates guards with nothing in use.
    pub fn new(config: GuardConfig) -> Guards {
        let pace = Pace { per_s: config.requests_per_s, burst: config.requests_burst };
        let counted = (pace.per_s > 0).then(|| Counted {
            keys: Buckets::new(pace, MAX_BUCKETS),
            failures: Buckets::new(FAILURES, MAX_BUCKETS),
        });
        // The limit on connections bounds the total.
        let requests = Shares::new(config.max_requests_of_workspace, usize::MAX);
        let files = Files::new(config.max_files_of_workspace);
        let (previews, visits) = (Previews::default(), Visits::default());
        Guards { config, counted, requests, files, previews, visits }
    }

    /// Counts a request of an API key and returns the rate-limit headers. Over the limit, the error
    /// is the 429 response.
    pub fn admit(&self, key_id: &str) -> Result<HeaderMap, Box<Response>> {
        let mut headers = HeaderMap::new();
        let Some(Counted { keys, .. }) = &self.counted else { return Ok(headers) };
        let (taken, too_early) = match keys.take(key_id.to_owned(), Instant::now()) {
            Ok(taken) => (taken, None),
            Err(wait) => (Allowance { remaining: 0, full_in: keys.pace().window() }, Some(wait)),
        };
        let pace = keys.pace();
        let policy = format!("\"key\";q={};w={}", pace.burst, whole_seconds(pace.window()));
        let state = format!("\"key\";r={};t={}", taken.remaining, whole_seconds(taken.full_in));
        headers.extend(HeaderValue::try_from(policy).map(|value| (RATE_LIMIT_POLICY, value)));
        headers.extend(HeaderValue::try_from(state).map(|value| (RATE_LIMIT, value)));
        let Some(wait) = too_early else { return Ok(headers) };
        METRICS.refusals.of(Refusal::KeyTooFast).inc();
        let detail = format!(
            "A key may ask {} times a second, and {} times at once after a pause; wait and send \
             the request again.",
            pace.per_s, pace.burst
        );
        let mut answer = too_many(detail, wait);
        answer.headers_mut().extend(headers);
        Err(Box::new(answer))
    }

    /// Reserves a slot for a request of the workspace. Fails if all of its slots are taken.
    pub fn begin(&self, workspace: WorkspaceId) -> Result<Share, Problem> {
        self.requests.take(workspace).ok_or_else(|| {
            METRICS.refusals.of(Refusal::TooManyAtOnce).inc();
            let detail = format!(
                "{} requests of the workspace are being answered, downloads and streams included; \
                 wait until one is over, and send the request again.",
                self.requests.of_one()
            );
            Problem::new(Code::TooManyRequests, detail)
        })
    }

    /// The response to a request without a valid key: `problem`, or 429 if the address sends too
    /// many. A valid key is checked regardless of this limit, so that wrong keys from the same
    /// address cannot lock anybody out.
    pub fn refuse(&self, client: Client, problem: Problem) -> Response {
        let Some(Counted { failures, .. }) = &self.counted else {
            METRICS.refusals.of(Refusal::NoValidKey).inc();
            return problem.into_response();
        };
        match failures.take(network(client.ip), Instant::now()) {
            Ok(_) => {
                METRICS.refusals.of(Refusal::NoValidKey).inc();
                tracing::warn!(client = %client.ip, "a request without a valid key was refused");
                problem.into_response()
            }
            Err(wait) => {
                METRICS.refusals.of(Refusal::AddressTooFast).inc();
                let detail = "Too many requests without a valid key came from this address; wait, \
                              and check the key.";
                too_many(detail, wait)
            }
        }
    }

    /// The client of a request: the peer of the connection, or, behind a proxy, the address that
    /// the proxy names. Only the last entry of `X-Forwarded-For` is trusted, because the proxy
    /// wrote it. Clients can forge the entries before it.
    pub fn client(&self, request: &Request) -> Client {
        let nobody = Client { ip: Ipv4Addr::UNSPECIFIED.into(), secure: false };
        let near = request.extensions().get::<Client>().copied().unwrap_or(nobody);
        if !self.config.behind_proxy {
            return near;
        }
        let last = |name: &str| {
            let value = request.headers().get_all(name).iter().next_back()?.to_str().ok()?;
            value.rsplit(',').next().map(str::trim)
        };
        Client {
            ip: last("x-forwarded-for").and_then(|ip| ip.parse().ok()).unwrap_or(near.ip),
            secure: near.secure || last("x-forwarded-proto") == Some("https"),
        }
    }
}

/// Rejects a URL that contains an API key, because URLs end up in logs and browser histories.
pub fn no_key_in_address(uri: &Uri) -> Result<(), Problem> {
    const NAMES: &[&str] = &["api_key", "apikey", "access_token", "token", "authorization"];
    let query = uri.query().unwrap_or_default();
    let carries_key = query.split('&').any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let looks_like_one = value.starts_with("key_") && (value.contains([':', '%']));
        looks_like_one || NAMES.contains(&name.to_ascii_lowercase().as_str())
    });
    if !carries_key {
        return Ok(());
    }
    let detail = "Keys are not taken from the address, because addresses end up in logs; send it \
                  as Authorization: Bearer key_id:secret, and revoke this one if it was real.";
    Err(Problem::new(Code::KeyInAddress, detail))
}

fn too_many(detail: impl Into<String>, TooEarly(wait): TooEarly) -> Response {
    let mut answer = Problem::new(Code::TooManyRequests, detail).into_response();
    answer.headers_mut().insert(header::RETRY_AFTER, whole_seconds(wait).into());
    answer
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs_f64().ceil().max(1.0) as u64
}

/// The network that one customer of an Internet provider has: an IPv4 address, or an IPv6 /64.
pub(crate) fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => IpAddr::V4(ip),
            None => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(forwarded: &[&str]) -> Request {
        let near = Client { ip: [10, 0, 0, 1].into(), secure: false };
        let mut request = Request::builder().extension(near).uri("/");
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        request.header("x-forwarded-proto", "https").body(Default::default()).unwrap()
    }

    fn guards(behind_proxy: bool) -> Guards {
        Guards::new(GuardConfig { behind_proxy, ..GuardConfig::default() })
    }

    #[test]
    fn only_a_proxy_that_is_known_may_say_who_asks() {
        let forged = request(&["192.0.2.9"]);
        let near = Client { ip: [10, 0, 0, 1].into(), secure: false };
        assert_eq!(guards(false).client(&forged), near);
        let far = Client { ip: [192, 0, 2, 9].into(), secure: true };
        assert_eq!(guards(true).client(&forged), far);
        for forwarded in [&["192.0.2.1, 192.0.2.9"][..], &["192.0.2.1", "192.0.2.9"]] {
            assert_eq!(guards(true).client(&request(forwarded)), far, "{forwarded:?}");
        }
        assert_eq!(guards(true).client(&request(&["nonsense"])).ip, near.ip);
    }

    #[test]
    fn a_key_in_the_address_is_refused_whatever_its_name() {
        for query in ["api_key=x", "Token=x", "q=key_12:34", "a=1&q=key_12%3A34"] {
            let uri: Uri = format!("/v1/trunks?{query}").parse().unwrap();
            assert!(no_key_in_address(&uri).is_err(), "{query}");
        }
        let uri: Uri = "/v1/audit-log?actor=key_12&cursor=3".parse().unwrap();
        assert!(no_key_in_address(&uri).is_ok());
    }

    #[test]
    fn neighbours_in_a_network_share_a_bucket() {
        let ip = |text: &str| network(text.parse().unwrap());
        assert_eq!(ip("2001:db8::1"), ip("2001:db8::ffff:2"));
        assert_ne!(ip("2001:db8:0:1::1"), ip("2001:db8::1"));
        assert_eq!(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
    }
}
