//! Where a message goes to or comes from.

use std::net::SocketAddr;

use campanile_rules::trunk::Transport;

/// The address of a far end and the transport to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// The transport protocol.
    pub transport: Transport,
    /// The address of the far end.
    pub addr: SocketAddr,
}

impl Flow {
    /// Whether messages arrive without being repeated.
    pub fn is_reliable(self) -> bool {
        match self.transport {
            Transport::Udp => false,
            Transport::Tcp => true,
        }
    }
}
