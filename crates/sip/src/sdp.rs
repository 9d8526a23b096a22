//! Session descriptions: one G.711 stream with telephone events, offered and answered (RFC 3264,
//! RFC 4566). Parsing is lenient and bounded.

use std::{
    fmt::Write,
    net::{IpAddr, SocketAddr},
};

use campanile_rules::trunk::Codec;

/// The payload type of telephone events (RFC 4733) in our offers.
pub const EVENTS: u8 = 101;

/// The most lines read of one description.
const MAX_LINES: usize = 512;

/// The most codecs read of one line.
const MAX_FORMATS: usize = 32;

/// Which payload types carry which codec: the static types (RFC 3551 §6) and the types that a
/// description maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayloadTypes {
    /// One bit per payload type.
    pcmu: u128,
    pcma: u128,
}

impl Default for PayloadTypes {
    fn default() -> PayloadTypes {
        let bit = |codec: Codec| 1 << static_type(codec);
        PayloadTypes { pcmu: bit(Codec::Pcmu), pcma: bit(Codec::Pcma) }
    }
}

impl PayloadTypes {
    /// Returns the codec of a payload type.
    pub fn codec(&self, number: u8) -> Option<Codec> {
        let has = |bits: u128| bits.checked_shr(number.into()).is_some_and(|bits| bits & 1 == 1);
        if has(self.pcmu) { Some(Codec::Pcmu) } else { has(self.pcma).then_some(Codec::Pcma) }
    }

    /// Static payload types keep their meaning, whatever the description maps.
    fn map(&mut self, number: u8, codec: Codec) {
        if number < 128 && self.codec(number).is_none() {
            match codec {
                Codec::Pcmu => self.pcmu |= 1 << number,
                Codec::Pcma => self.pcma |= 1 << number,
            }
        }
    }
}

/// Returns the static RTP payload type of a codec (RFC 3551 §6).
const fn static_type(codec: Codec) -> u8 {
    match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
    }
}

/// Returns the name of a codec in `a=rtpmap` (RFC 3551 §6).
const fn encoding_name(codec: Codec) -> &'static str {
    match codec {
        Codec::Pcmu => "PCMU",
        Codec::Pcma => "PCMA",
    }
}

/// The audio stream that both sides agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Media {
    /// Where the far end receives sound; an unspecified address or port 0 when it wants none now.
    pub remote: SocketAddr,
    /// The codec that we send.
    pub codec: Codec,
    /// The payload type that the far end wants to receive.
    pub number: u8,
    /// The payload types that the far end may send.
    pub types: PayloadTypes,
    /// The index of the stream's `m=` line in the description.
    pub line: usize,
    /// The payload type of telephone events, if the far end takes them.
    pub events: Option<u8>,
    /// The far end receives sound.
    pub may_send: bool,
    /// The far end sends sound.
    pub may_hear: bool,
}

/// Our side of the session description.
#[derive(Debug, Clone)]
pub struct Local {
    /// Where we receive sound.
    pub addr: SocketAddr,
    /// The codecs we speak, best first.
    pub codecs: Vec<Codec>,
    /// The session number in our `o=` line.
    pub session: u64,
}

impl Local {
    /// Writes our first offer.
    pub(crate) fn offer(&self, version: u32) -> String {
        let codecs: Vec<(u8, Codec)> =
            self.codecs.iter().map(|codec| (static_type(*codec), *codec)).collect();
        self.write(&codecs, Some(EVENTS), version, "sendrecv")
    }

    /// Writes an offer within a call: every codec we speak, under the payload types in use, and the
    /// `others` in their places (RFC 3264 §8).
    pub(crate) fn offer_anew(&self, agreed: &Media, others: &Others, version: u32) -> String {
        let number = |codec: Codec| match codec == agreed.codec {
            true => agreed.number,
            false => static_type(codec),
        };
        let codecs: Vec<(u8, Codec)> =
            self.codecs.iter().map(|codec| (number(*codec), *codec)).collect();
        let is_free = |number: &u8| agreed.types.codec(*number).is_none();
        let events = agreed.events.or_else(|| std::iter::once(EVENTS).chain(96..127).find(is_free));
        others.around(&self.write(&codecs, events, version, "sendrecv"))
    }

    /// Writes our answer to an offer that was read as `media`.
    pub(crate) fn answer(&self, media: &Media, others: &Others, version: u32) -> String {
        let direction = match (media.may_send, media.may_hear) {
            (true, true) => "sendrecv",
            (true, false) => "sendonly",
            (false, true) => "recvonly",
            (false, false) => "inactive",
        };
        others.around(&self.write(&[(media.number, media.codec)], media.events, version, direction))
    }

    fn write(
        &self,
        codecs: &[(u8, Codec)],
        events: Option<u8>,
        version: u32,
        direction: &str,
    ) -> String {
        let family = if self.addr.is_ipv6() { "IP6" } else { "IP4" };
        let (ip, session) = (self.addr.ip(), self.session);
        let mut text = format!(
            "v=0\r\no=- {session} {version} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\n\
             t=0 0\r\nm=audio {} RTP/AVP",
            self.addr.port()
        );
        for payload_type in codecs.iter().map(|(number, _)| *number).chain(events) {
            let _ = write!(text, " {payload_type}");
        }
        text.push_str("\r\n");
        for (number, codec) in codecs {
            let _ = write!(text, "a=rtpmap:{number} {}/8000\r\n", encoding_name(*codec));
        }
        if let Some(events) = events {
            let _ =
                write!(text, "a=rtpmap:{events} telephone-event/8000\r\na=fmtp:{events} 0-16\r\n");
        }
        let _ = write!(text, "a=ptime:20\r\na={direction}\r\n");
        text
    }

    /// Reads the far end's description and returns its first audio stream that we speak. None:
    /// there is no such stream.
    pub(crate) fn agree(&self, body: &[u8]) -> Option<Media> {
        let text = String::from_utf8_lossy(body);
        Audio::all(&text).into_iter().find_map(|audio| {
            let offered = audio.codecs();
            let (number, codec) = *offered.iter().find(|(_, codec)| self.codecs.contains(codec))?;
            let mut types = PayloadTypes::default();
            audio.maps.iter().for_each(|(number, codec)| types.map(*number, *codec));
            let (sends, receives) = audio.direction.unwrap_or((true, true));
            let ip = audio.ip?;
            // RFC 2543 puts a call on hold with an address of zeros.
            let receives = receives && !ip.is_unspecified();
            let remote = SocketAddr::new(ip, audio.port);
            let (line, events) = (audio.line, audio.events.filter(|n| types.codec(*n).is_none()));
            Some(Media {
                remote,
                codec,
                number,
                types,
                line,
                events,
                may_send: receives,
                may_hear: sends,
            })
        })
    }
}

/// The `m=` lines of an offer besides our audio stream. We refuse them and keep them in their
/// places in every later description (RFC 3264 §6, §8).
#[derive(Debug, Clone, Default)]
pub(crate) struct Others {
    before: String,
    after: String,
}

impl Others {
    /// Returns the other lines of an offer whose audio stream has index `sound`.
    pub fn of(offer: &[u8], sound: usize) -> Others {
        let text = String::from_utf8_lossy(offer);
        let offered = text.lines().take(MAX_LINES).filter_map(|line| line.strip_prefix("m="));
        let mut others = Others::default();
        for (at, line) in offered.enumerate().filter(|(at, _)| *at != sound) {
            let mut words = line.split_whitespace();
            let (kind, _) = (words.next().unwrap_or("audio"), words.next());
            let rest = words.collect::<Vec<_>>().join(" ");
            let side = if at < sound { &mut others.before } else { &mut others.after };
            let _ = write!(side, "m={kind} 0 {rest}\r\n");
        }
        others
    }

    /// Returns our description with the other lines before and after our own line.
    fn around(&self, ours: &str) -> String {
        let (session, sound) = ours.split_at(ours.find("m=").unwrap_or(ours.len()));
        [session, &self.before, sound, &self.after].concat()
    }
}

/// An audio stream over RTP/AVP in a description.
struct Audio {
    line: usize,
    ip: Option<IpAddr>,
    port: u16,
    formats: Vec<u8>,
    /// The payload types that the stream maps to a codec.
    maps: Vec<(u8, Codec)>,
    events: Option<u8>,
    /// Whether the writer of the description sends and receives.
    direction: Option<(bool, bool)>,
}

impl Audio {
    /// Returns every audio stream, in order. Session-level lines apply to a stream without its own.
    fn all(text: &str) -> Vec<Audio> {
        let (mut session_ip, mut session_direction, mut lines) = (None, None, 0);
        let mut all: Vec<Audio> = Vec::new();
        let mut current: Option<Audio> = None;
        for line in text.lines().take(MAX_LINES) {
            let Some((kind, value)) = line.trim().split_once('=') else { continue };
            match (kind, &mut current) {
                ("m", _) => {
                    all.extend(current.take());
                    current = Audio::open(value, lines);
                    lines += 1;
                }
                ("c", Some(audio)) => audio.ip = address(value).or(audio.ip),
                ("a", Some(audio)) => audio.attribute(value),
                // Lines of another medium do not concern the audio.
                (_, None) if lines > 0 => {}
                ("c", None) => session_ip = address(value),
                ("a", None) => session_direction = direction(value).or(session_direction),
                _ => {}
            }
        }
        all.extend(current);
        for audio in &mut all {
            audio.ip = audio.ip.or(session_ip);
            audio.direction = audio.direction.or(session_direction);
        }
        all
    }

    fn open(value: &str, line: usize) -> Option<Audio> {
        let mut words = value.split_whitespace();
        let (kind, port, profile) = (words.next()?, words.next()?, words.next()?);
        let port: u16 = port.split('/').next()?.parse().ok()?;
        if kind != "audio" || port == 0 || !matches!(profile, "RTP/AVP" | "RTP/AVPF") {
            return None;
        }
        let formats = words.filter_map(|word| word.parse().ok()).take(MAX_FORMATS).collect();
        let (maps, events, direction, ip) = (Vec::new(), None, None, None);
        Some(Audio { line, ip, port, formats, maps, events, direction })
    }

    /// Returns the codecs that the stream offers, best first, with their payload types. A static
    /// type needs no map.
    fn codecs(&self) -> Vec<(u8, Codec)> {
        let codec = |number: u8| {
            let mapped = self.maps.iter().find(|(known, _)| *known == number);
            PayloadTypes::default().codec(number).or(mapped.map(|(_, codec)| *codec))
        };
        self.formats.iter().filter_map(|number| Some((*number, codec(*number)?))).collect()
    }

    fn attribute(&mut self, value: &str) {
        self.direction = direction(value).or(self.direction);
        let Some(map) = value.strip_prefix("rtpmap:") else { return };
        let Some((number, name)) = map.trim().split_once([' ', '\t']) else { return };
        let Some(number) = number.parse().ok().filter(|number| *number < 128) else { return };
        let mut parts = name.trim().split('/');
        let (name, clock) = (parts.next().unwrap_or_default(), parts.next());
        if clock != Some("8000") || parts.next().is_some_and(|channels| channels != "1") {
            return;
        }
        let mut codecs = [Codec::Pcmu, Codec::Pcma].into_iter();
        let codec = codecs.find(|codec| name.eq_ignore_ascii_case(encoding_name(*codec)));
        if let Some(codec) = codec.filter(|_| self.maps.len() < MAX_FORMATS) {
            self.maps.push((number, codec));
        } else if name.eq_ignore_ascii_case("telephone-event") {
            self.events = self.events.or(Some(number));
        }
    }
}

/// Returns whether the writer sends and receives.
fn direction(attribute: &str) -> Option<(bool, bool)> {
    match attribute.trim() {
        "sendrecv" => Some((true, true)),
        "sendonly" => Some((true, false)),
        "recvonly" => Some((false, true)),
        "inactive" => Some((false, false)),
        _ => None,
    }
}

/// Returns the address of a `c=` line.
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
        let heard = far.agree(both().offer(1).as_bytes()).unwrap();
        assert_eq!(heard.codec, Codec::Pcma);
        let media = both().agree(far.answer(&heard, &Others::default(), 1).as_bytes()).unwrap();
        assert_eq!(media.remote, "192.0.2.1:6000".parse().unwrap());
        assert_eq!((media.codec, media.events), (Codec::Pcma, Some(101)));
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
        assert!(both().answer(&held, &Others::default(), 2).ends_with("a=recvonly\r\n"));
    }

    #[test]
    fn every_line_of_an_offer_is_answered_in_its_order() {
        let offer = "v=0\r\nc=IN IP4 192.0.2.1\r\nm=video 50 RTP/AVP 99\r\nc=IN IP4 192.0.2.7\r\n\
                     a=inactive\r\nm=audio 9 RTP/AVP 0\r\na=sendrecv\r\nm=audio 60 RTP/SAVP 8\r\n";
        let media = both().agree(offer.as_bytes()).unwrap();
        assert_eq!(media.remote, "192.0.2.1:9".parse().unwrap());
        assert!(media.may_send && media.may_hear, "the video's direction is its own");
        let others = Others::of(offer.as_bytes(), media.line);
        let lines = |text: &str| {
            let lines = text.lines().filter(|line| line.starts_with("m="));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            lines(&both().answer(&media, &others, 2)),
            ["m=video 0 RTP/AVP 99", "m=audio 4000 RTP/AVP 0", "m=audio 0 RTP/SAVP 8"]
        );
        // The other lines keep their places in our later offers.
        assert_eq!(
            lines(&both().offer_anew(&media, &others, 3)),
            ["m=video 0 RTP/AVP 99", "m=audio 4000 RTP/AVP 0 8 101", "m=audio 0 RTP/SAVP 8"]
        );
    }

    #[test]
    fn the_first_line_of_sound_that_we_speak_is_taken() {
        let offer = "v=0\nc=IN IP4 192.0.2.1\na=sendonly\nm=audio 7 RTP/SAVP 0\nm=audio 8 RTP/AVP 18\n\
                     a=inactive\nm=audio 9 RTP/AVP 18 8\na=sendrecv\nm=audio 10 RTP/AVP 0\n";
        let media = both().agree(offer.as_bytes()).unwrap();
        assert_eq!((media.remote.port(), media.codec, media.line), (9, Codec::Pcma, 2));
        assert!(media.may_send && media.may_hear, "its own direction counts before the session's");
        let media = both().agree(offer.replace("a=sendrecv\n", "").as_bytes()).unwrap();
        assert_eq!((media.may_send, media.may_hear), (false, true), "the session's direction");
    }

    #[test]
    fn a_codec_under_a_dynamic_number_keeps_it() {
        let sdp = |formats: &str, maps: &str| {
            format!("v=0\nc=IN IP4 192.0.2.1\nm=audio 9 RTP/AVP {formats}\n{maps}")
        };
        let offer = sdp("96 101", "a=rtpmap:96 pcmu/8000/1\na=rtpmap:101 PCMA/8000\n");
        let media = both().agree(offer.as_bytes()).unwrap();
        assert_eq!((media.codec, media.number), (Codec::Pcmu, 96));
        assert_eq!(media.types.codec(96), Some(Codec::Pcmu));
        assert_eq!(
            [0, 8, 101, 9].map(|n| media.types.codec(n)),
            [Some(Codec::Pcmu), Some(Codec::Pcma), Some(Codec::Pcma), None]
        );
        let answer = both().answer(&media, &Others::default(), 2);
        assert!(answer.contains("RTP/AVP 96\r\na=rtpmap:96 PCMU/8000\r\n"), "{answer}");
        // Payload type 101 is a codec here, so our offer gives events another type.
        let offered = both().offer_anew(&media, &Others::default(), 3);
        assert!(offered.contains("RTP/AVP 96 8 97\r\n"), "{offered}");
        for (formats, maps) in [
            ("96", ""),
            ("96", "a=rtpmap:96 PCMU/16000\n"),
            ("96", "a=rtpmap:96 PCMU/8000/2\n"),
            ("96", "a=rtpmap:97 PCMU/8000\n"),
            ("200", "a=rtpmap:200 PCMU/8000\n"),
        ] {
            assert_eq!(both().agree(sdp(formats, maps).as_bytes()), None, "{formats} {maps}");
        }
        let tailless = sdp("0 97", "a=rtpmap:97 Telephone-Event/8000");
        assert_eq!(both().agree(tailless.as_bytes()).unwrap().events, Some(97));
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
