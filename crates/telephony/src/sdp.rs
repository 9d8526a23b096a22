//! Session descriptions: one G.711 stream with telephone events, offered and answered (RFC 3264,
//! RFC 4566). What other sides write is read leniently and within bounds.

use std::{
    fmt::Write,
    net::{IpAddr, SocketAddr},
};

use campanile_media::g711::Law;
use campanile_rules::trunk::Codec;

/// The payload type that we give telephone events (RFC 4733) in our offers.
pub(crate) const EVENTS: u8 = 101;

/// The most lines that are read of one description.
const MAX_LINES: usize = 512;

/// The sound that both sides agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Media {
    /// Where the other side wants it; unspecified or port 0 when it wants none now.
    pub remote: SocketAddr,
    pub law: Law,
    /// The payload type of telephone events, when the other side takes them.
    pub events: Option<u8>,
    /// The other side listens.
    pub may_send: bool,
    /// The other side speaks.
    pub may_hear: bool,
}

/// Our side of the sound.
#[derive(Debug, Clone)]
pub(crate) struct Local {
    pub addr: SocketAddr,
    /// Best first.
    pub codecs: Vec<Codec>,
    /// `o=` session number.
    pub session: u64,
}

pub(crate) fn law_of(codec: Codec) -> Law {
    match codec {
        Codec::Pcmu => Law::Mu,
        Codec::Pcma => Law::A,
    }
}

impl Local {
    /// What we offer.
    pub fn offer(&self) -> String {
        let laws: Vec<Law> = self.codecs.iter().map(|codec| law_of(*codec)).collect();
        self.write(&laws, Some(EVENTS), 1, "sendrecv")
    }

    /// Our answer to an offer that was read as `media`.
    pub fn answer(&self, media: &Media, version: u32) -> String {
        let direction = match (media.may_send, media.may_hear) {
            (true, true) => "sendrecv",
            (true, false) => "sendonly",
            (false, true) => "recvonly",
            (false, false) => "inactive",
        };
        self.write(&[media.law], media.events, version, direction)
    }

    /// As [`Local::answer`], with a line for every one of the `offer`, in its order: those that
    /// are not the sound are refused (RFC 3264 §6).
    pub fn answer_to(&self, offer: &[u8], media: &Media, version: u32) -> String {
        let text = String::from_utf8_lossy(offer);
        let offered = text.lines().take(MAX_LINES).filter_map(|line| line.strip_prefix("m="));
        let offered: Vec<&str> = offered.collect();
        let sound = offered.iter().position(|line| Audio::open(line).is_some()).unwrap_or(0);
        let answer = self.answer(media, version);
        let (session, ours) = answer.split_at(answer.find("m=").unwrap_or(answer.len()));
        let mut text = session.to_owned();
        for (at, line) in offered.iter().enumerate() {
            if at == sound {
                text.push_str(ours);
                continue;
            }
            let mut words = line.split_whitespace();
            let (kind, _) = (words.next().unwrap_or("audio"), words.next());
            let rest = words.collect::<Vec<_>>().join(" ");
            let _ = write!(text, "m={kind} 0 {rest}\r\n");
        }
        text
    }

    fn write(&self, laws: &[Law], events: Option<u8>, version: u32, direction: &str) -> String {
        let family = if self.addr.is_ipv6() { "IP6" } else { "IP4" };
        let (ip, session) = (self.addr.ip(), self.session);
        let mut text = format!(
            "v=0\r\no=- {session} {version} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\n\
             t=0 0\r\nm=audio {} RTP/AVP",
            self.addr.port()
        );
        for payload_type in laws.iter().map(|law| law.payload_type()).chain(events) {
            let _ = write!(text, " {payload_type}");
        }
        text.push_str("\r\n");
        for law in laws {
            let (number, name) = (law.payload_type(), law.encoding_name());
            let _ = write!(text, "a=rtpmap:{number} {name}/8000\r\n");
        }
        if let Some(events) = events {
            let _ =
                write!(text, "a=rtpmap:{events} telephone-event/8000\r\na=fmtp:{events} 0-16\r\n");
        }
        let _ = write!(text, "a=ptime:20\r\na={direction}\r\n");
        text
    }

    /// Reads the other side's description. None: there is no sound in it that we speak.
    pub fn agree(&self, body: &[u8]) -> Option<Media> {
        let text = String::from_utf8_lossy(body);
        let audio = Audio::read(&text)?;
        let law = audio.laws.iter().find(|(_, law)| self.speaks(*law))?.1;
        Some(Media {
            remote: SocketAddr::new(audio.ip?, audio.port),
            law,
            events: audio.events,
            may_send: audio.receives,
            may_hear: audio.sends,
        })
    }

    fn speaks(&self, law: Law) -> bool {
        self.codecs.iter().any(|codec| law_of(*codec) == law)
    }
}

/// The first audio stream over RTP/AVP of a description.
struct Audio {
    ip: Option<IpAddr>,
    port: u16,
    laws: Vec<(u8, Law)>,
    events: Option<u8>,
    sends: bool,
    receives: bool,
}

impl Audio {
    fn read(text: &str) -> Option<Audio> {
        let mut session_ip = None;
        let mut session_direction = None;
        let mut audio: Option<Audio> = None;
        let mut in_session = true;
        for line in text.lines().take(MAX_LINES) {
            let Some((kind, value)) = line.split_once('=') else { continue };
            match (kind, &mut audio) {
                ("m", Some(_)) => break,
                ("m", None) => {
                    in_session = false;
                    audio = Audio::open(value);
                }
                ("c", Some(audio)) => audio.ip = address(value).or(audio.ip),
                // What belongs to a medium before the sound says nothing of it.
                (_, None) if !in_session => {}
                ("c", None) => session_ip = address(value),
                ("a", Some(audio)) => audio.attribute(value),
                ("a", None) => session_direction = direction(value).or(session_direction),
                _ => {}
            }
        }
        let mut audio = audio?;
        audio.ip = audio.ip.or(session_ip);
        // A direction of the stream itself was applied already; `sendrecv` is where it starts.
        if let (true, true, Some((sends, receives))) =
            (audio.sends, audio.receives, session_direction)
        {
            (audio.sends, audio.receives) = (sends, receives);
        }
        // An address of zeros is how RFC 2543 put a call on hold.
        if audio.ip.is_some_and(|ip| ip.is_unspecified()) {
            audio.receives = false;
        }
        Some(audio)
    }

    fn open(value: &str) -> Option<Audio> {
        let mut words = value.split_whitespace();
        let (kind, port, profile) = (words.next()?, words.next()?, words.next()?);
        let port: u16 = port.split('/').next()?.parse().ok()?;
        if kind != "audio" || port == 0 || !matches!(profile, "RTP/AVP" | "RTP/AVPF") {
            return None;
        }
        let laws = words
            .filter_map(|word| word.parse().ok())
            .filter_map(|number| Some((number, Law::from_payload_type(number)?)))
            .take(8)
            .collect();
        Some(Audio { ip: None, port, laws, events: None, sends: true, receives: true })
    }

    fn attribute(&mut self, value: &str) {
        if let Some((sends, receives)) = direction(value) {
            (self.sends, self.receives) = (sends, receives);
        }
        if let Some(map) = value.strip_prefix("rtpmap:")
            && let Some((number, name)) = map.split_once(' ')
            && name.trim().to_ascii_lowercase().starts_with("telephone-event/8000")
        {
            self.events = self.events.or(number.trim().parse().ok().filter(|n| *n < 128));
        }
    }
}

/// Whether the writer sends and receives.
fn direction(attribute: &str) -> Option<(bool, bool)> {
    match attribute.trim() {
        "sendrecv" => Some((true, true)),
        "sendonly" => Some((true, false)),
        "recvonly" => Some((false, true)),
        "inactive" => Some((false, false)),
        _ => None,
    }
}

/// The address of a `c=` line.
fn address(value: &str) -> Option<IpAddr> {
    value.split_whitespace().nth(2)?.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(codecs: &[Codec]) -> Local {
        Local { addr: "192.0.2.9:4000".parse().unwrap(), codecs: codecs.to_vec(), session: 5 }
    }

    fn both() -> Local {
        local(&[Codec::Pcmu, Codec::Pcma])
    }

    #[test]
    fn an_answer_to_our_offer_is_agreed() {
        let far = Local { addr: "192.0.2.1:6000".parse().unwrap(), ..local(&[Codec::Pcma]) };
        let heard = far.agree(both().offer().as_bytes()).unwrap();
        assert_eq!(heard.law, Law::A);
        let media = both().agree(far.answer(&heard, 1).as_bytes()).unwrap();
        assert_eq!(media.remote, "192.0.2.1:6000".parse().unwrap());
        assert_eq!((media.law, media.events), (Law::A, Some(101)));
        assert!(media.may_send && media.may_hear);
    }

    #[test]
    fn a_hold_is_understood_in_all_its_forms() {
        let sdp = |c: &str, a: &str| format!("v=0\nc=IN IP4 {c}\n{a}m=audio 9 RTP/AVP 0\n");
        let read = |text: String| both().agree(text.as_bytes()).map(|m| (m.may_send, m.may_hear));
        assert_eq!(read(sdp("192.0.2.1", "a=sendonly\n")), Some((false, true)));
        assert_eq!(read(sdp("192.0.2.1", "") + "a=inactive\n"), Some((false, false)));
        assert_eq!(read(sdp("0.0.0.0", "")), Some((false, true)));
        let held = both().agree(sdp("192.0.2.1", "a=sendonly\n").as_bytes()).unwrap();
        assert!(both().answer(&held, 2).ends_with("a=recvonly\r\n"));
    }

    #[test]
    fn every_line_of_an_offer_is_answered_in_its_order() {
        let offer = "v=0\r\nc=IN IP4 192.0.2.1\r\nm=video 50 RTP/AVP 99\r\nc=IN IP4 192.0.2.7\r\n\
                     a=inactive\r\nm=audio 9 RTP/AVP 0\r\na=sendrecv\r\nm=audio 60 RTP/SAVP 8\r\n";
        let media = both().agree(offer.as_bytes()).unwrap();
        assert_eq!(media.remote, "192.0.2.1:9".parse().unwrap());
        assert!(media.may_send && media.may_hear, "the video's direction is its own");
        let answer = both().answer_to(offer.as_bytes(), &media, 2);
        let lines: Vec<&str> = answer.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(
            lines,
            ["m=video 0 RTP/AVP 99", "m=audio 4000 RTP/AVP 0", "m=audio 0 RTP/SAVP 8"]
        );
    }

    #[test]
    fn what_we_do_not_speak_is_refused() {
        for body in [
            "",
            "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP 18 3\r\n",
            "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 0\r\n",
            "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 9 RTP/SAVP 0\r\n",
            "v=0\r\nc=IN IP4 192.0.2.1\r\nm=video 9 RTP/AVP 0\r\n",
            "v=0\r\nm=audio 9 RTP/AVP 0\r\n",
            "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 70000 RTP/AVP 0\r\n",
        ] {
            assert_eq!(both().agree(body.as_bytes()), None, "{body:?}");
        }
    }
}
