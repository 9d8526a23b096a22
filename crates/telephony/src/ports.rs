//! UDP ports for sound: one per call, from a configured range.

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
    sync::{Arc, Mutex, PoisonError},
};

/// Ports that other programs hold are skipped, at most this many.
const MAX_TRIES: usize = 4_096;

/// The free ports. The port that has been free for longest is taken next, so that late packets of
/// one call do not reach the next call.
pub(crate) struct Ports {
    free: Mutex<VecDeque<u16>>,
}

/// A call's port and its socket. Dropping it frees the port.
pub(crate) struct Port {
    pub socket: UdpSocket,
    ip: IpAddr,
    number: u16,
    ports: Arc<Ports>,
}

impl Ports {
    /// Creates a pool of the even ports of `range` (RFC 3550 §11).
    pub fn new(range: RangeInclusive<u16>) -> Arc<Ports> {
        let mut free: VecDeque<u16> = range.filter(|port| port % 2 == 0 && *port != 0).collect();
        // Two processes on one machine should not start at the same end.
        if !free.is_empty() {
            free.rotate_left(fastrand::usize(..free.len()));
        }
        Arc::new(Ports { free: Mutex::new(free) })
    }

    /// Takes a port on the address `ip`. None: all ports are in use. An error comes from the
    /// system: it has no socket to give (EMFILE), or the address is not ours.
    pub fn take(self: &Arc<Self>, ip: IpAddr) -> io::Result<Option<Port>> {
        for _ in 0..MAX_TRIES {
            let Some(number) = self.free().pop_front() else { break };
            let bound = bind(SocketAddr::new(ip, number));
            if let Ok(socket) = bound {
                return Ok(Some(Port { socket, ip, number, ports: self.clone() }));
            }
            self.free().push_back(number);
            let is_held = |error: &io::Error| {
                matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
            };
            bound.map(drop).or_else(|error| if is_held(&error) { Ok(()) } else { Err(error) })?;
        }
        Ok(None)
    }

    fn free(&self) -> std::sync::MutexGuard<'_, VecDeque<u16>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Port {
    /// Returns the address that the socket is bound to.
    pub fn ip(&self) -> IpAddr {
        self.ip
    }

    /// Returns the port number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.ports.free().push_back(self.number);
    }
}

fn bind(addr: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(addr)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_port_rests_as_long_as_possible_before_it_is_used_again() {
        let ports = Ports::new(47_001..=47_200);
        let first = ports.take(HERE).unwrap().unwrap();
        let number = first.number();
        assert_eq!(number % 2, 0);
        assert_eq!(first.socket.local_addr().unwrap().port(), number);
        drop(first);
        let others: Vec<Port> = (0..50).map(|_| ports.take(HERE).unwrap().unwrap()).collect();
        assert!(others.iter().all(|port| port.number() != number));
    }

    #[test]
    fn a_range_that_is_used_up_gives_nothing() {
        let held = UdpSocket::bind("127.0.0.1:0").unwrap();
        let taken = held.local_addr().unwrap().port() & !1;
        let _other = UdpSocket::bind(("127.0.0.1", taken));
        assert!(Ports::new(taken..=taken).take(HERE).unwrap().is_none());
    }

    #[test]
    fn what_the_system_refuses_is_not_called_a_port_in_use() {
        // 192.0.2.0/24 is for documentation (RFC 5737), so it is no address of this machine.
        let elsewhere = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
        let ports = Ports::new(47_300..=47_310);
        let refused = ports.take(elsewhere).err().expect("the address is not ours");
        assert_eq!(refused.kind(), io::ErrorKind::AddrNotAvailable);
        assert!(ports.take(HERE).unwrap().is_some(), "the port was given back");
    }
}
