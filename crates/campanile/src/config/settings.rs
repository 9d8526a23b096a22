//! The configuration file of `serve`.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
    time::Duration,
};

use campanile_api::GuardConfig;
use campanile_service::fields::{self, Field, Kind, Mistake, Rule};
use campanile_telephony::SipConfig;
use serde::Deserialize;
use serde_json::Value;

use crate::housekeeping::Keep;
use crate::node::Keeping;

/// The settings of a server. Each has a default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The address for HTTP.
    pub listen: SocketAddr,
    /// The TLS certificate for HTTP: a PEM file with its chain.
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate: a PEM file.
    pub tls_key: Option<PathBuf>,
    /// The address for SIP. `[::]` means all IPv4 and IPv6 addresses that the machine has. Port 0
    /// means a free port, which is chosen once and kept in the data directory.
    pub sip_listen: SocketAddr,
    /// The address that SIP and SDP give to trunks, if it is not the machine's own.
    pub sip_advertise_ip: Option<IpAddr>,
    /// The UDP ports for RTP. Each call uses an even one.
    pub rtp_ports: Ports,
    /// The largest upload, in bytes.
    pub max_upload_bytes: u64,
    /// The most rows of a file.
    pub max_rows: u64,
    /// How many days events are kept.
    pub events_days: u64,
    /// The most events that are kept.
    pub max_events: u64,
    /// Whether webhooks may be sent over plain http and to private addresses.
    pub webhooks_allow_private: bool,
    /// Whether agents' servers may be reached without encryption and at private addresses.
    pub agents_allow_private: bool,
    /// Requests per second of one API key. 0 turns off rate limits.
    pub requests_per_s: u32,
    /// Burst: requests of one API key that are allowed at once after a pause.
    pub requests_burst: u32,
    /// The most connections. When all are open, a new one replaces an idle or unauthenticated one;
    /// if there is none, it waits.
    pub max_connections: usize,
    /// The most connections of one address. Not applied behind a proxy.
    pub max_connections_per_address: usize,
    /// Origins whose pages may call the API (CORS), such as `https://console.example.com`.
    pub cors_origins: Vec<String>,
    /// Whether the server is behind a TLS proxy whose `X-Forwarded-For` and `X-Forwarded-Proto` are
    /// trusted.
    pub behind_proxy: bool,
    /// The URL under which browsers reach the server, such as `https://calls.example.com`. If it is
    /// not set, links use the host of the request.
    pub public_url: Option<String>,
    /// Whether the SIP messages of each call are kept.
    pub keep_sip_ladder: bool,
    /// Whether calls are recorded. In many countries people must be told, or asked, first.
    pub record_calls: bool,
    /// How many days transcripts, SIP messages and recordings are kept.
    pub keep_call_details_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        let guards = GuardConfig::default();
        Settings {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            tls_cert: None,
            tls_key: None,
            sip_listen: (Ipv6Addr::UNSPECIFIED, 0).into(),
            sip_advertise_ip: None,
            rtp_ports: Ports(SipConfig::default().rtp_ports),
            max_upload_bytes: 100_000_000,
            max_rows: 1_000_000,
            events_days: 7,
            max_events: 10_000_000,
            webhooks_allow_private: false,
            agents_allow_private: false,
            requests_per_s: guards.requests_per_s,
            requests_burst: guards.requests_burst,
            max_connections: guards.max_connections,
            max_connections_per_address: guards.max_connections_per_address,
            cors_origins: Vec::new(),
            behind_proxy: guards.behind_proxy,
            public_url: None,
            keep_sip_ladder: true,
            record_calls: false,
            keep_call_details_days: 30,
        }
    }
}

const ADDRESS: Kind = Kind::Parsed(&Rule {
    check: address,
    pattern: "^.+:[0-9]{1,5}$",
    longest: 60,
    example: "127.0.0.1:5070",
});

const ORIGIN: Kind = Kind::Parsed(&Rule {
    check: origin,
    pattern: r"^https?://[a-z0-9.:\[\]-]+$",
    longest: 270,
    example: "https://console.example.com",
});

const IP: Kind = Kind::Parsed(&Rule {
    check: ip,
    pattern: "^[0-9A-Fa-f:.]+$",
    longest: 45,
    example: "203.0.113.7",
});

const FILE: Kind = Kind::Text(4_096);

const PORTS: Kind = Kind::Parsed(&Rule {
    check: |text| ports(text).map(|_| ()),
    pattern: "^[0-9]{1,5}-[0-9]{1,5}$",
    longest: 11,
    example: "20000-32767",
});

const SETTINGS: &[Field] = &[
    Field::new("listen", ADDRESS),
    Field::new("tls_cert", FILE),
    Field::new("tls_key", FILE),
    Field::new("sip_listen", ADDRESS),
    Field::new("sip_advertise_ip", IP),
    Field::new("rtp_ports", PORTS),
    Field::new("max_upload_bytes", Kind::Integer(1_000, 10_000_000_000)),
    Field::new("max_rows", Kind::Integer(1, 10_000_000)),
    Field::new("events_days", Kind::Integer(0, 3_650)),
    Field::new("max_events", Kind::Integer(0, 1_000_000_000)),
    Field::new("webhooks_allow_private", Kind::Boolean),
    Field::new("agents_allow_private", Kind::Boolean),
    Field::new("requests_per_s", Kind::Integer(0, 1_000_000)),
    Field::new("requests_burst", Kind::Integer(1, 1_000_000)),
    Field::new("max_connections", Kind::Integer(1, 1_000_000)),
    Field::new("max_connections_per_address", Kind::Integer(1, 1_000_000)),
    Field::new("cors_origins", Kind::List(0, &ORIGIN)),
    Field::new("behind_proxy", Kind::Boolean),
    Field::new("public_url", ORIGIN),
    Field::new("keep_sip_ladder", Kind::Boolean),
    Field::new("record_calls", Kind::Boolean),
    Field::new("keep_call_details_days", Kind::Integer(1, 36_500)),
];

/// A port range, both ends included.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Ports(pub RangeInclusive<u16>);

impl TryFrom<String> for Ports {
    type Error = String;

    fn try_from(text: String) -> Result<Ports, String> {
        ports(&text).map(Ports)
    }
}

impl Settings {
    /// Reads the settings. The error has all mistakes.
    pub fn read(document: Value) -> Result<Settings, Vec<Mistake>> {
        fields::read(document, SETTINGS)
    }

    /// How many events are kept, and for how long.
    pub fn events(&self) -> Keep {
        let age = Duration::from_secs(self.events_days * 86_400);
        Keep { age, max_events: self.max_events }
    }

    /// The settings of rate limits, connections and timeouts.
    pub fn guards(&self) -> GuardConfig {
        let origins = self.cors_origins.iter();
        GuardConfig {
            requests_per_s: self.requests_per_s,
            requests_burst: self.requests_burst,
            max_connections: self.max_connections,
            max_connections_per_address: self.max_connections_per_address,
            cors_origins: origins.filter_map(|origin| origin.parse().ok()).collect(),
            behind_proxy: self.behind_proxy,
            ..GuardConfig::default()
        }
    }

    /// Which details of calls are kept.
    pub fn keeping(&self) -> Keeping {
        Keeping {
            sip_ladder: self.keep_sip_ladder,
            recordings: self.record_calls,
            days: self.keep_call_details_days,
        }
    }
}

fn address(text: &str) -> Result<(), String> {
    text.parse::<SocketAddr>().map(|_| ()).map_err(|_| {
        format!("{text:?} is not an address with a port; write one such as \"127.0.0.1:5070\"")
    })
}

fn origin(text: &str) -> Result<(), String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:[]".contains(c);
    match host.is_some_and(|host| !host.is_empty() && host.chars().all(known)) {
        true => Ok(()),
        false => Err(format!(
            "{text:?} is not an origin; write scheme, host and port without a path, such as \
             \"https://console.example.com\""
        )),
    }
}

fn ip(text: &str) -> Result<(), String> {
    text.parse::<IpAddr>().map(|_| ()).map_err(|_| {
        format!("{text:?} is not an IP address; write the public one, such as \"203.0.113.7\"")
    })
}

fn ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let ends = text.split_once('-');
    let range = ends.and_then(|(first, last)| Some(first.parse().ok()?..=last.parse().ok()?));
    let even = |range: &RangeInclusive<u16>| range.clone().any(|port| port % 2 == 0 && port > 0);
    range.filter(even).ok_or_else(|| {
        format!(
            "{text:?} is no range with an even port; write the first and the last, such as \
             \"20000-32767\""
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Document;

    const SAMPLE: &str = include_str!("../../../../packaging/campanile.toml");

    fn read(text: &str) -> Settings {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("the file is written");
        let document = Document::open(file.path()).expect("it can be read");
        document.read(Settings::read).unwrap_or_else(|bad| panic!("{bad}"))
    }

    /// The key in a line of the file, whether the line is commented out or not.
    fn key(line: &str) -> Option<&str> {
        let (name, _) = line.trim_start_matches('#').split_once(" = ")?;
        (!name.contains(' ')).then_some(name)
    }

    #[test]
    fn the_sample_has_every_key_with_its_default() {
        assert_eq!(read(SAMPLE), Settings::default(), "all of it is commented out");
        let keys: Vec<&str> = SAMPLE.lines().filter_map(key).collect();
        for Field { name, .. } in SETTINGS {
            assert!(keys.contains(name), "packaging/campanile.toml lacks {name}");
        }
        let lines = SAMPLE.lines().filter(|line| key(line).is_some());
        let told: String =
            lines.map(|line| format!("{}\n", line.trim_start_matches('#'))).collect();
        // Keys without a default are shown with an example.
        let expected = Settings {
            tls_cert: Some("/etc/campanile/chain.pem".into()),
            tls_key: Some("/etc/campanile/key.pem".into()),
            sip_advertise_ip: Some([203, 0, 113, 7].into()),
            public_url: Some("https://calls.example.com".to_owned()),
            ..Settings::default()
        };
        assert_eq!(read(&told), expected);
    }

    #[test]
    fn the_configurations_that_the_documents_show_are_read() {
        let operating = include_str!("../../../../docs/operating.md");
        let security = include_str!("../../../../docs/security.md");
        let block = |document: &str, begins: &str| {
            let (_, rest) = document.split_once(begins).expect("the block");
            rest.split("```").next().expect("its end").to_owned()
        };
        let shown = read(&block(operating, "```toml\n"));
        assert_eq!(shown.sip_listen.port(), 5070);
        assert!(shown.behind_proxy);
        let limits = read(&block(security, "In the file of `serve --config`:\n\n```\n"));
        assert_eq!(limits, Settings::default(), "it shows the defaults");
    }
}
