//! Assembles the parts of a process that dials.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use campanile_agent::{Speech, SpeechConfig, wire::Connectors};
use campanile_clock::Clock;
use campanile_engine::{Engine, EngineConfig, Recordings, UploadedSounds, forgetting};
use campanile_store::{Actor, Sounds, Store, owner};
use campanile_telephony::{Sip, SipConfig, SipError};

use crate::signals;

/// Ports to try for SIP if the data directory has none yet. The first one tried depends on the
/// process. The range is below the ephemeral ports of common systems.
pub const PORTS: std::ops::Range<u16> = 15_060..16_060;

/// The file that keeps the SIP address across restarts. After a crash, trunks still send responses
/// for the old process to that address.
const SIP_FILE: &str = "sip-listen";

/// The configuration of a node.
pub struct NodeConfig {
    /// The data directory.
    pub data: PathBuf,
    /// The SIP address. Port 0 means the port of the last start, or a free one.
    pub sip_listen: SocketAddr,
    /// The address that SIP and SDP give to trunks, if it is not the machine's own.
    pub sip_advertise_ip: Option<IpAddr>,
    /// The UDP ports for RTP.
    pub rtp_ports: RangeInclusive<u16>,
    /// The directory of the agents' WAV files, and whether scripts may name files elsewhere.
    pub sounds: (PathBuf, bool),
    /// Whether agents may be reached without encryption and at private addresses.
    pub agents_allow_private: bool,
    /// Which details of calls are kept.
    pub keeping: Keeping,
}

/// Which details of calls are kept, in addition to their outcome.
pub struct Keeping {
    /// Whether SIP messages are kept.
    pub sip_ladder: bool,
    /// Whether calls are recorded.
    pub recordings: bool,
    /// How many days the details are kept.
    pub days: u32,
}

impl NodeConfig {
    /// The SIP address for a trunk at `host`: loopback if the trunk runs on this machine, otherwise
    /// all addresses. Port 0 stands for the kept port.
    pub fn sip_for(host: &str) -> SocketAddr {
        let loopback = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(IpAddr::V6(ip)) if ip.is_loopback() => Some(ip.into()),
            Ok(ip) => ip.is_loopback().then_some(Ipv4Addr::LOCALHOST.into()),
            Err(_) => host.eq_ignore_ascii_case("localhost").then_some(Ipv4Addr::LOCALHOST.into()),
        };
        SocketAddr::new(loopback.unwrap_or(Ipv6Addr::UNSPECIFIED.into()), 0)
    }

    /// The speech of agents, with sounds from files only.
    pub fn speech(&self) -> Speech {
        Speech::new(self.speech_config())
    }

    /// The speech of agents, with sounds from files and from uploads.
    pub fn speech_of(&self, store: Arc<dyn Sounds>) -> Speech {
        let library = Arc::new(UploadedSounds(store));
        Speech::new(SpeechConfig { library: Some(library), ..self.speech_config() })
    }

    fn speech_config(&self) -> SpeechConfig {
        let (sounds_dir, wav_anywhere) = self.sounds.clone();
        SpeechConfig {
            sounds_dir,
            wav_anywhere,
            voices_dir: self.data.join("voices"),
            ..SpeechConfig::default()
        }
    }
}

/// Starts the engine on the store. It resumes all batches.
pub async fn start(
    config: &NodeConfig,
    store: &Arc<dyn Store>,
    speech: Speech,
) -> anyhow::Result<Engine> {
    signals::outlive_file_limits()?;
    if let Some(owner) = owner::foreign(&config.data) {
        tracing::warn!(
            "This runs as root, and {} belongs to {owner}: recordings would be root's. Run it as \
             {owner} (sudo -u {owner}).",
            config.data.display()
        );
    }
    let sip = listen(config, store.clock()).await?;
    let address = sip.local_addr();
    tracing::info!(%address, over = sip.families(), "speaking SIP");
    if address.ip().is_unspecified() {
        tracing::warn!(
            "SIP is spoken on all addresses of this machine, port {}: let only your trunks reach it, \
             or choose address and port with sip_listen (docs/operating.md, Firewall).",
            address.port()
        );
    }
    let voice = Arc::new(speech);
    let dir = config.data.join("recordings");
    let recordings = Recordings::start(dir, config.keeping.recordings)
        .with_context(|| format!("cannot record calls in {}", config.data.display()))?;
    let engine = EngineConfig {
        store: store.clone(),
        sip,
        voice,
        connectors: Arc::new(Connectors::new(config.agents_allow_private)),
        recordings,
    };
    let engine = Engine::start(engine).await?;
    forgetting::start(store.by(Actor::Engine), &engine, config.keeping.days);
    Ok(engine)
}

async fn listen(config: &NodeConfig, clock: &Clock) -> anyhow::Result<Sip> {
    let file = config.data.join(SIP_FILE);
    let ip = config.sip_listen.ip();
    if config.sip_listen.port() != 0 {
        return Ok(bind(config, config.sip_listen, clock).await?);
    }
    if let Some(kept) = kept(&file)? {
        let listen = widened(kept, ip);
        return bind(config, listen, clock).await.with_context(|| {
            format!(
                "this data directory speaks SIP on {listen}, as {} says, because calls of an \
                 earlier run may still be answered there",
                file.display()
            )
        });
    }
    let first = PORTS.start + (std::process::id() % PORTS.len() as u32) as u16;
    for port in (first..PORTS.end).chain(PORTS.start..first) {
        match bind(config, SocketAddr::new(ip, port), clock).await {
            Ok(sip) => {
                keep(&file, sip.local_addr())?;
                return Ok(sip);
            }
            Err(SipError::Bind { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::bail!("no port of {PORTS:?} is free for SIP on {}; name one with sip_listen", ip)
}

/// Uses only the port of a kept address if the kept and the requested address are both unspecified,
/// because the address families are then chosen anew.
fn widened(kept: SocketAddr, asked: IpAddr) -> SocketAddr {
    let all = kept.ip().is_unspecified() && asked.is_unspecified();
    SocketAddr::new(if all { asked } else { kept.ip() }, kept.port())
}

/// The SIP address for a start with `asked`. If `asked` has port 0, this is the kept address, or
/// port 0 if there is none yet.
pub fn kept_or(data: &Path, asked: SocketAddr) -> anyhow::Result<SocketAddr> {
    let kept = if asked.port() == 0 { kept(&data.join(SIP_FILE))? } else { None };
    Ok(kept.map_or(asked, |kept| widened(kept, asked.ip())))
}

async fn bind(config: &NodeConfig, listen: SocketAddr, clock: &Clock) -> Result<Sip, SipError> {
    Sip::start(SipConfig {
        listen,
        advertise_ip: config.sip_advertise_ip,
        rtp_ports: config.rtp_ports.clone(),
        clock: clock.clone(),
        keep_ladder: config.keeping.sip_ladder,
        ..SipConfig::default()
    })
    .await
}

fn kept(file: &Path) -> anyhow::Result<Option<SocketAddr>> {
    match std::fs::read_to_string(file) {
        Ok(text) => {
            let listen = text.trim().parse().with_context(|| {
                format!("{} holds {text:?} instead of an address with a port", file.display())
            })?;
            Ok(Some(listen))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

fn keep(file: &Path, listen: SocketAddr) -> anyhow::Result<()> {
    crate::durable::write(file, format!("{listen}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sip_is_spoken_over_both_families_unless_the_trunk_is_on_this_machine() {
        for (host, ip) in [
            ("localhost", "127.0.0.1"),
            ("127.0.0.1", "127.0.0.1"),
            ("127.1.2.3", "127.0.0.1"),
            ("::1", "::1"),
            ("[::1]", "::1"),
            ("192.0.2.1", "::"),
            ("2001:db8::1", "::"),
            ("sip.example.net", "::"),
        ] {
            assert_eq!(NodeConfig::sip_for(host).ip(), ip.parse::<IpAddr>().unwrap(), "{host}");
        }
    }

    #[test]
    fn a_kept_port_of_all_ipv4_addresses_serves_ipv6_when_that_is_asked_for() {
        for (kept, asked, listen) in [
            ("0.0.0.0:15061", "::", "[::]:15061"),
            ("[::]:15061", "0.0.0.0", "0.0.0.0:15061"),
            ("127.0.0.1:15061", "::", "127.0.0.1:15061"),
            ("[::]:15061", "::", "[::]:15061"),
        ] {
            let listen: SocketAddr = listen.parse().unwrap();
            assert_eq!(widened(kept.parse().unwrap(), asked.parse().unwrap()), listen, "{kept}");
        }
    }
}
