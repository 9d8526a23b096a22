//! Settings of the endpoint.

use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    time::Duration,
};

use campanile_clock::Clock;
use campanile_sip::Timers;

/// Settings of the endpoint.
#[derive(Debug, Clone)]
pub struct SipConfig {
    /// The address for UDP and TCP. `[::]` means all addresses, IPv4 and IPv6; port 0 picks a free
    /// port. Keep the address the same across restarts: after a crash, answers to the dead process
    /// arrive there.
    pub listen: SocketAddr,
    /// The ports for sound; only even ones are used, one per call.
    pub rtp_ports: RangeInclusive<u16>,
    /// The User-Agent header.
    pub user_agent: String,
    /// The address at which far ends of its family reach us, if it differs from our own address.
    pub advertise_ip: Option<IpAddr>,
    /// The SIP timers; only tests change them.
    pub timers: Timers,
    /// An answered call ends after this long without a packet from the far end.
    pub rtp_timeout: Duration,
    /// The clock for timestamps, shared with the engine and the API.
    pub clock: Clock,
    /// Whether the messages of each call are recorded ([`Call::take_ladder`]).
    pub keep_ladder: bool,
}

impl Default for SipConfig {
    fn default() -> Self {
        SipConfig {
            listen: SocketAddr::from(([0, 0, 0, 0], 5060)),
            // Below the range from which Linux assigns ports by itself.
            rtp_ports: 20_000..=32_767,
            user_agent: concat!("Campanile/", env!("CARGO_PKG_VERSION")).to_owned(),
            advertise_ip: None,
            timers: Timers::default(),
            rtp_timeout: Duration::from_secs(30),
            clock: Clock::default(),
            keep_ladder: true,
        }
    }
}
