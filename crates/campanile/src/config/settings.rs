//! The file of `serve`: what an operator may set.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use campanile_api::fields::{self, Field, Kind, Mistake, Rule};
use serde::Deserialize;
use serde_json::Value;

/// What an operator may set; everything has a default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Where SIP is spoken. Port 0: a free one, chosen once and kept in the data directory.
    pub sip_listen: SocketAddr,
    /// The address that trunks are told to answer to, when it is not the machine's own.
    pub sip_advertise_ip: Option<IpAddr>,
    /// The largest file that may be uploaded, in bytes.
    pub max_upload_bytes: u64,
    /// The most rows that a file may have.
    pub max_rows: u64,
    /// Whether webhooks may go to plain http and private addresses.
    pub webhooks_allow_private: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            sip_listen: (Ipv4Addr::UNSPECIFIED, 0).into(),
            sip_advertise_ip: None,
            max_upload_bytes: 100_000_000,
            max_rows: 1_000_000,
            webhooks_allow_private: false,
        }
    }
}

const ADDRESS: Kind = Kind::Parsed(&Rule {
    check: address,
    pattern: "^.+:[0-9]{1,5}$",
    longest: 60,
    example: "127.0.0.1:5070",
});

const IP: Kind = Kind::Parsed(&Rule {
    check: ip,
    pattern: "^[0-9A-Fa-f:.]+$",
    longest: 45,
    example: "203.0.113.7",
});

const SETTINGS: &[Field] = &[
    Field::new("sip_listen", ADDRESS),
    Field::new("sip_advertise_ip", IP),
    Field::new("max_upload_bytes", Kind::Integer(1_000, 10_000_000_000)),
    Field::new("max_rows", Kind::Integer(1, 10_000_000)),
    Field::new("webhooks_allow_private", Kind::Boolean),
];

impl Settings {
    /// Reads the settings, or says all that is wrong with them.
    pub fn read(document: Value) -> Result<Settings, Vec<Mistake>> {
        fields::read(document, SETTINGS)
    }
}

fn address(text: &str) -> Result<(), String> {
    text.parse::<SocketAddr>().map(|_| ()).map_err(|_| {
        format!("{text:?} is not an address with a port; write one such as \"127.0.0.1:5070\"")
    })
}

fn ip(text: &str) -> Result<(), String> {
    text.parse::<IpAddr>().map(|_| ()).map_err(|_| {
        format!("{text:?} is not an IP address; write the public one, such as \"203.0.113.7\"")
    })
}
