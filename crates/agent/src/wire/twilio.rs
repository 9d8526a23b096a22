//! The protocol of Twilio Media Streams, as its carrier speaks it: JSON texts, with strings where
//! Twilio has strings. Bots are read leniently, because a mistake of a bot must not end the call of
//! a person: stream ids are not compared, and unknown events are ignored.
//!
//! Source: <https://www.twilio.com/docs/voice/media-streams/websocket-messages>.

use std::{borrow::Cow, collections::BTreeMap};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use bytes::Bytes;
use ring::{digest, hmac};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::{
    Codec, Message, Unread,
    stream::{FromBot, Name, ToBot, pieces},
};

/// Base64 with or without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The ids of a stream. They have Twilio's shape and are always the same for the same call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sids {
    /// The account: `AC` and 32 hexadecimal digits.
    pub account: String,
    /// The call: `CA` and 32 hexadecimal digits.
    pub call: String,
    /// The stream: `MZ` and 32 hexadecimal digits.
    pub stream: String,
}

impl Sids {
    /// Derives the ids from those of a workspace and a call.
    pub fn of(workspace: &str, call: &str) -> Sids {
        Sids { account: sid("AC", workspace), call: sid("CA", call), stream: sid("MZ", call) }
    }
}

fn sid(prefix: &str, id: &str) -> String {
    let hash = digest::digest(&digest::SHA256, format!("{prefix} {id}").as_bytes());
    let hex = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}"));
    std::iter::once(prefix.to_owned()).chain(hex).collect()
}

/// Returns the `X-Twilio-Signature` of an upgrade: the base64 of the HMAC-SHA1 of the URL, which has
/// no parameters to add because the request is a GET.
pub fn signature(auth_token: &str, url: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth_token.as_bytes());
    STANDARD.encode(hmac::sign(&key, url.as_bytes()))
}

/// One stream in Twilio's dialect.
#[derive(Debug)]
pub struct Twilio {
    sids: Sids,
    /// The number of the latest message. `start` has 1.
    sequence: u64,
    /// The number of the latest media message.
    chunk: u64,
}

impl Twilio {
    /// Creates the writer of one stream.
    pub fn new(sids: Sids) -> Twilio {
        Twilio { sids, sequence: 0, chunk: 0 }
    }
}

impl Codec for Twilio {
    type Out = ToBot;
    type In = FromBot;

    fn write(&mut self, message: ToBot) -> Message {
        let is_sound = matches!(message, ToBot::Sound { .. });
        self.sequence += u64::from(!matches!(message, ToBot::Connected));
        self.chunk += u64::from(is_sound);
        let (sequence, stream_sid) = (Text(self.sequence), self.sids.stream.as_str());
        let (account_sid, call_sid) = (self.sids.account.as_str(), self.sids.call.as_str());
        let event = match &message {
            ToBot::Connected => Event::Connected { protocol: "Call", version: "1.0.0" },
            ToBot::Start(parameters) => {
                let start = Start {
                    account_sid,
                    stream_sid,
                    call_sid,
                    tracks: ["inbound"],
                    media_format: MU_LAW,
                    custom_parameters: parameters,
                };
                Event::Start { sequence, start, stream_sid }
            }
            ToBot::Sound { at_ms, payload } => {
                let media = MediaOut {
                    track: "inbound",
                    chunk: Text(self.chunk),
                    timestamp: Text(*at_ms),
                    payload: STANDARD.encode(payload),
                };
                Event::Media { sequence, media, stream_sid }
            }
            ToBot::Digit(digit) => {
                let dtmf = Dtmf { track: "inbound_track", digit: *digit };
                Event::Dtmf { stream_sid, sequence, dtmf }
            }
            ToBot::Mark(name) => {
                let mark = Mark { name: name.as_ref().map(Name::value) };
                Event::Mark { sequence, stream_sid, mark }
            }
            ToBot::Stop => {
                Event::Stop { sequence, stop: Stop { account_sid, call_sid }, stream_sid }
            }
        };
        // A string, a number or a map of strings can always be written.
        Message::text(serde_json::to_string(&event).unwrap_or_default())
    }

    fn read(text: &[u8]) -> Result<Vec<FromBot>, Unread> {
        let message: Incoming<'_> = serde_json::from_slice(text).map_err(malformed)?;
        match message.event.as_ref() {
            "media" => {
                let media: MediaIn<'_> = part(message.media)?;
                sound(&media.payload).map(pieces)
            }
            "mark" => {
                let mark: Mark<'_> = message.mark.map_or(Ok(Mark { name: None }), |mark| {
                    serde_json::from_str(mark.get()).map_err(malformed)
                })?;
                let name = mark.name.filter(|name| name.get() != "null");
                let name = name.map(|name| Name::new(name).ok_or(Unread::TooLong("name")));
                Ok(vec![FromBot::Mark(name.transpose()?)])
            }
            "clear" => Ok(vec![FromBot::Clear]),
            unknown => Err(Unread::Unknown(unknown.chars().take(40).collect())),
        }
    }
}

fn part<'m, T: Deserialize<'m>>(part: Option<&'m RawValue>) -> Result<T, Unread> {
    let part = part.ok_or_else(|| Unread::Malformed("it has no \"media\"".to_owned()))?;
    serde_json::from_str(part.get()).map_err(malformed)
}

/// Decodes a payload. Some encoders break lines.
fn sound(payload: &str) -> Result<Bytes, Unread> {
    let payload = match payload.contains(|letter: char| letter.is_ascii_whitespace()) {
        false => Cow::Borrowed(payload),
        true => payload.split_ascii_whitespace().collect(),
    };
    let sound = LENIENT.decode(payload.as_ref());
    sound.map(Bytes::from).map_err(|error| Unread::Malformed(format!("the payload: {error}")))
}

fn malformed(error: serde_json::Error) -> Unread {
    Unread::Malformed(error.to_string())
}

/// A number that is written as a string.
#[derive(Debug, Clone, Copy)]
struct Text(u64);

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case", rename_all_fields = "camelCase")]
enum Event<'m> {
    Connected {
        protocol: &'static str,
        version: &'static str,
    },
    Start {
        #[serde(rename = "sequenceNumber")]
        sequence: Text,
        start: Start<'m>,
        stream_sid: &'m str,
    },
    Media {
        #[serde(rename = "sequenceNumber")]
        sequence: Text,
        media: MediaOut,
        stream_sid: &'m str,
    },
    Dtmf {
        stream_sid: &'m str,
        #[serde(rename = "sequenceNumber")]
        sequence: Text,
        dtmf: Dtmf,
    },
    Mark {
        #[serde(rename = "sequenceNumber")]
        sequence: Text,
        stream_sid: &'m str,
        mark: Mark<'m>,
    },
    Stop {
        #[serde(rename = "sequenceNumber")]
        sequence: Text,
        stop: Stop<'m>,
        stream_sid: &'m str,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Start<'m> {
    account_sid: &'m str,
    stream_sid: &'m str,
    call_sid: &'m str,
    tracks: [&'static str; 1],
    media_format: MediaFormat,
    custom_parameters: &'m BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MediaFormat {
    encoding: &'static str,
    sample_rate: u32,
    channels: u32,
}

const MU_LAW: MediaFormat =
    MediaFormat { encoding: "audio/x-mulaw", sample_rate: 8_000, channels: 1 };

#[derive(Serialize)]
struct MediaOut {
    track: &'static str,
    chunk: Text,
    timestamp: Text,
    payload: String,
}

#[derive(Serialize)]
struct Dtmf {
    track: &'static str,
    digit: char,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stop<'m> {
    account_sid: &'m str,
    call_sid: &'m str,
}

#[derive(Serialize, Deserialize)]
struct Mark<'m> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    name: Option<&'m RawValue>,
}

#[derive(Deserialize)]
struct Incoming<'m> {
    #[serde(borrow, default)]
    event: Cow<'m, str>,
    #[serde(borrow)]
    media: Option<&'m RawValue>,
    #[serde(borrow)]
    mark: Option<&'m RawValue>,
}

#[derive(Deserialize)]
struct MediaIn<'m> {
    #[serde(borrow, default)]
    payload: Cow<'m, str>,
}
