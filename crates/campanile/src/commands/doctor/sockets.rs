//! Finds the server that runs on a data directory, and its ports.

use std::{collections::HashSet, fs, path::Path};

/// A server that runs on the data directory.
pub struct Running {
    /// The process ID, if it can be read.
    pub process: Option<u32>,
    ports: Option<HashSet<(Protocol, u16)>>,
}

/// The protocol of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// TCP, for listening ports.
    Tcp,
    /// UDP.
    Udp,
}

/// Finds the server that runs on the data directory, if there is one.
pub fn running(data: &Path) -> Option<Running> {
    campanile_store::is_running(data).then(|| {
        let process = campanile_store::running_process(data);
        Running { process, ports: process.and_then(ports_of) }
    })
}

impl Running {
    /// Whether the port belongs to this server. If the ports cannot be read because another user
    /// owns the process, assumes that it does.
    pub fn has(&self, protocol: Protocol, port: u16) -> bool {
        self.ports.as_ref().is_none_or(|ports| ports.contains(&(protocol, port)))
    }

    /// The server's limit of open files.
    pub fn open_files(&self) -> Option<u64> {
        let limits = fs::read_to_string(format!("/proc/{}/limits", self.process?)).ok()?;
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

/// The ports of a process. `None` if they cannot be read.
fn ports_of(pid: u32) -> Option<HashSet<(Protocol, u16)>> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.flatten();
    let sockets: HashSet<String> = files
        .filter_map(|file| {
            let target = fs::read_link(file.path()).ok()?;
            let name = target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
            Some(name.to_owned())
        })
        .collect();
    let mut ports = HashSet::new();
    for (table, protocol) in [
        ("tcp", Protocol::Tcp),
        ("tcp6", Protocol::Tcp),
        ("udp", Protocol::Udp),
        ("udp6", Protocol::Udp),
    ] {
        let text = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        let found = text.lines().filter_map(|line| port_of(line, protocol));
        ports.extend(
            found.filter(|(_, inode)| sockets.contains(*inode)).map(|(port, _)| (protocol, port)),
        );
    }
    Some(ports)
}

/// Parses a line of `/proc/net/tcp` or `udp`: the local port and the inode.
fn port_of(line: &str, protocol: Protocol) -> Option<(u16, &str)> {
    const LISTENS: &str = "0A";
    let columns: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
    if protocol == Protocol::Tcp && *state != LISTENS {
        return None;
    }
    let port = u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok()?;
    Some((port, inode))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;

    #[test]
    fn a_process_has_its_own_ports_and_no_others() {
        let (tcp, udp) = (TcpListener::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("[::1]:0"));
        let own = ports_of(std::process::id()).unwrap();
        let port = tcp.local_addr().unwrap().port();
        assert!(own.contains(&(Protocol::Tcp, port)));
        if let Ok(udp) = udp {
            assert!(own.contains(&(Protocol::Udp, udp.local_addr().unwrap().port())));
        }
        drop(tcp);
        assert!(!ports_of(std::process::id()).unwrap().contains(&(Protocol::Tcp, port)));
    }
}
