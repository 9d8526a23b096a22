//! A trunk: its address, its credentials and its pace.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words;

/// The settings of a trunk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    /// A label for people.
    pub name: String,
    /// Whose trunk it is.
    #[serde(default)]
    pub kind: TrunkKind,
    /// Host name or address of the far end.
    pub host: String,
    /// Port of the far end.
    #[serde(default = "default_port")]
    pub port: u16,
    /// What carries SIP.
    #[serde(default)]
    pub transport: Transport,
    /// Calls at once, ringing ones included.
    #[serde(default = "default_max_calls")]
    pub max_calls: u32,
    /// New calls per second, evenly spaced; fractions are allowed (0.5 is one call in two seconds).
    #[serde(default = "default_max_cps")]
    pub max_cps: f64,
    /// User name for digest authentication (RFC 8760); absent means the far end knows our address.
    #[serde(default)]
    pub username: Option<String>,
    /// Password for digest authentication.
    #[serde(default)]
    pub password: Option<String>,
    /// Codecs to offer, best first.
    #[serde(default = "default_codecs")]
    pub codecs: Vec<Codec>,
}

words! {
    /// Whose trunk it is, and so which destination rules hold on it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
    pub enum TrunkKind {
        /// The operator's own carrier, shared by workspaces.
        Managed = "managed",
        /// The workspace's own SIP account.
        #[default]
        Workspace = "workspace",
    }
}

words! {
    /// What carries SIP.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
    pub enum Transport {
        /// RFC 3261 §18, datagrams.
        #[default]
        Udp = "udp",
        /// RFC 3261 §18, a stream.
        Tcp = "tcp",
    }
}

words! {
    /// A speech codec (RFC 3551 §4.5.14).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum Codec {
        /// G.711 µ-law, payload type 0.
        Pcmu = "PCMU",
        /// G.711 A-law, payload type 8.
        Pcma = "PCMA",
    }
}

fn default_port() -> u16 {
    5060
}
fn default_max_calls() -> u32 {
    10
}
fn default_max_cps() -> f64 {
    1.0
}
fn default_codecs() -> Vec<Codec> {
    vec![Codec::Pcmu, Codec::Pcma]
}
