//! Reads the offer and writes the answer (RFC 3264), audio only.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

use campanile_media::g711::Law;

/// An offer with more media lines than this is not answered.
const MAX_MEDIA: usize = 16;

/// The direction of sound, as the other side describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The other side speaks and listens.
    SendRecv,
    /// The other side only speaks.
    SendOnly,
    /// The other side only listens.
    RecvOnly,
    /// On hold.
    Inactive,
}

impl Direction {
    fn parse(attribute: &str) -> Option<Direction> {
        match attribute {
            "sendrecv" => Some(Direction::SendRecv),
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::RecvOnly),
            "inactive" => Some(Direction::Inactive),
            _ => None,
        }
    }

    /// Returns the direction of the answer (RFC 3264 §6.1).
    fn answer(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "recvonly",
            Direction::RecvOnly => "sendonly",
            Direction::Inactive => "inactive",
        }
    }
}

/// The sound that the other side offers or answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Where the other side receives RTP.
    pub remote: SocketAddr,
    /// The first G.711 law in the other side's list.
    pub law: Law,
    /// The other side's payload type of `telephone-event`.
    pub dtmf: Option<u8>,
    /// The direction of sound.
    pub direction: Direction,
    /// The other side's media lines without formats, such as `video 0 RTP/AVP`; the audio line has
    /// the index `audio_at`.
    media: Vec<String>,
    audio_at: usize,
}

/// One `m=` section while it is parsed.
#[derive(Default)]
struct Section<'a> {
    kind: &'a str,
    port: u16,
    protocol: &'a str,
    formats: Vec<u8>,
    address: Option<IpAddr>,
    dtmf: Option<u8>,
    direction: Option<Direction>,
}

impl Session {
    /// Parses an SDP body. `None` if it has no G.711 audio that we can take.
    pub fn parse(body: &[u8]) -> Option<Session> {
        let text = std::str::from_utf8(body).ok()?;
        let (mut address, mut direction) = (None, Direction::SendRecv);
        let mut sections: Vec<Section> = Vec::new();
        for line in text.lines() {
            let (kind, value) = line.split_once('=')?;
            let value = value.trim();
            if kind == "m" {
                if sections.len() >= MAX_MEDIA {
                    return None;
                }
                sections.push(Section::parse(value)?);
                continue;
            }
            match (kind, sections.last_mut()) {
                ("c", None) => address = connection(value),
                ("c", Some(section)) => section.address = connection(value),
                ("a", None) => direction = Direction::parse(value).unwrap_or(direction),
                ("a", Some(section)) => section.attribute(value),
                _ => {}
            }
        }
        let usable = |s: &Section| s.kind == "audio" && s.port != 0 && s.protocol == "RTP/AVP";
        let audio_at = sections.iter().position(usable)?;
        let audio = &sections[audio_at];
        Some(Session {
            remote: SocketAddr::new(audio.address.or(address)?, audio.port),
            law: audio.formats.iter().find_map(|&format| Law::from_payload_type(format))?,
            dtmf: audio.dtmf.filter(|dtmf| audio.formats.contains(dtmf)),
            direction: audio.direction.unwrap_or(direction),
            media: sections.iter().map(|s| format!("{} 0 {}", s.kind, s.protocol)).collect(),
            audio_at,
        })
    }

    /// Writes the answer with our own address.
    pub fn answer(&self, local: SocketAddr) -> String {
        let mut sdp = head(local.ip());
        for (at, media) in self.media.iter().enumerate() {
            if at == self.audio_at {
                audio(&mut sdp, local.port(), &[self.law], self.dtmf, self.direction.answer());
            } else {
                let _ = write!(sdp, "m={media} 0\r\n");
            }
        }
        sdp
    }
}

/// Writes our own offer, for an INVITE without one.
pub fn offer(local: SocketAddr) -> String {
    let mut sdp = head(local.ip());
    audio(&mut sdp, local.port(), &[Law::Mu, Law::A], Some(101), "sendrecv");
    sdp
}

fn head(ip: IpAddr) -> String {
    let family = if ip.is_ipv4() { "IP4" } else { "IP6" };
    format!("v=0\r\no=sandbox 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n")
}

fn audio(sdp: &mut String, port: u16, laws: &[Law], dtmf: Option<u8>, direction: &str) {
    let formats = laws.iter().map(|law| law.payload_type()).chain(dtmf);
    let _ = write!(sdp, "m=audio {port} RTP/AVP");
    for format in formats {
        let _ = write!(sdp, " {format}");
    }
    sdp.push_str("\r\n");
    for law in laws {
        let _ = write!(sdp, "a=rtpmap:{} {}/8000\r\n", law.payload_type(), law.encoding_name());
    }
    if let Some(dtmf) = dtmf {
        let _ = write!(sdp, "a=rtpmap:{dtmf} telephone-event/8000\r\na=fmtp:{dtmf} 0-15\r\n");
    }
    let _ = write!(sdp, "a=ptime:20\r\na={direction}\r\n");
}

impl<'a> Section<'a> {
    fn parse(value: &'a str) -> Option<Section<'a>> {
        let mut words = value.split_whitespace();
        let kind = words.next()?;
        let port = words.next()?.split('/').next()?.parse().ok()?;
        let protocol = words.next()?;
        let formats = words.take(64).filter_map(|word| word.parse().ok()).collect();
        Some(Section { kind, port, protocol, formats, ..Section::default() })
    }

    fn attribute(&mut self, value: &str) {
        if let Some(map) = value.strip_prefix("rtpmap:") {
            let mut words = map.split_whitespace();
            let number = words.next().and_then(|word| word.parse().ok());
            let name = words.next().unwrap_or("");
            if name.eq_ignore_ascii_case("telephone-event/8000") && self.dtmf.is_none() {
                self.dtmf = number;
            }
        } else if let Some(direction) = Direction::parse(value) {
            self.direction = Some(direction);
        }
    }
}

fn connection(value: &str) -> Option<IpAddr> {
    value.split_whitespace().nth(2)?.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n\
        t=0 0\r\nm=audio 4000 RTP/AVP 9 8 0 96 101\r\na=rtpmap:96 opus/48000/2\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=sendonly\r\nm=video 4002 RTP/AVP 97\r\n";

    #[test]
    fn the_first_law_and_the_event_type_are_taken() {
        let session = Session::parse(OFFER.as_bytes()).unwrap();
        assert_eq!(session.remote, "127.0.0.1:4000".parse().unwrap());
        assert_eq!((session.law, session.dtmf), (Law::A, Some(101)));
        assert_eq!(session.direction, Direction::SendOnly);
    }

    #[test]
    fn the_answer_has_every_media_line_of_the_offer() {
        let session = Session::parse(OFFER.as_bytes()).unwrap();
        let answer = session.answer("127.0.0.1:9000".parse().unwrap());
        assert!(answer.contains("m=audio 9000 RTP/AVP 8 101\r\n"), "{answer}");
        assert!(answer.contains("m=video 0 RTP/AVP 0\r\n"), "{answer}");
        assert!(answer.contains("a=recvonly\r\n"), "{answer}");
    }

    #[test]
    fn our_own_offer_can_be_read_back() {
        let session = Session::parse(offer("[::1]:9000".parse().unwrap()).as_bytes()).unwrap();
        assert_eq!(session.remote, "[::1]:9000".parse().unwrap());
        assert_eq!((session.law, session.dtmf), (Law::Mu, Some(101)));
    }

    #[test]
    fn a_body_without_usable_audio_is_none() {
        for body in [
            "",
            "hello",
            "v=0\r\n",
            "v=0\r\nm=audio 4000 RTP/AVP 0\r\n",
            "c=IN IP4 127.0.0.1\r\nm=audio 0 RTP/AVP 0\r\n",
            "c=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 9\r\n",
            "c=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/SAVP 0\r\n",
            "c=IN IP4 127.0.0.1\r\nm=audio 99999 RTP/AVP 0\r\n",
            "c=IN IP4 host.example\r\nm=audio 4000 RTP/AVP 0\r\n",
        ] {
            assert_eq!(Session::parse(body.as_bytes()), None, "{body:?}");
        }
    }
}
