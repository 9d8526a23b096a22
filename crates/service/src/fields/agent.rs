//! The tables for agents: their versions, and the engines that talk.

use campanile_agent::wire::{Protocol, check_url};
use campanile_egress::Reach;
use campanile_rules::agent::{
    RealtimeAudio, RecognitionProtocol, ResultKind, SpeechFormat, VoicemailAction,
};

use super::{
    Field, Kind, Rule, Variant,
    rules::{NAME, PHONE_NUMBER, URL},
    script::SCRIPT,
};

pub(super) const SENTENCES: Kind = Kind::Text(20_000);

/// An agent: its name and the fields of a version.
pub const AGENT: &[Field] = &[
    Field::required("name", NAME).about("A label for people."),
    Field::new("prompt", SENTENCES)
        .about("What the agent is told to be; {{placeholders}} are filled per recipient."),
    Field::new("first_message", SENTENCES)
        .about("The first thing said to a person; {{placeholders}} are filled per recipient."),
    Field::new("voicemail", Kind::OneOf(&VoicemailAction::NAMES))
        .about("What to do when a machine answers; hang_up when left out."),
    Field::new("voicemail_message", SENTENCES)
        .about("What to say after the beep; must be there when voicemail is leave_message."),
    Field::new("failure_message", SENTENCES).about(
        "What Campanile's own voice says when the agent's server is lost in the middle of a call; \
         nothing when left out.",
    ),
    Field::new("variables", Kind::Texts)
        .about("Values of placeholders that a file need not have, by name."),
    Field::new("language", Kind::Text(35)).about("BCP 47 language tag; en-US when left out."),
    Field::new("voice", Kind::Text(100)).about(
        "Voice of the text-to-speech program, or flite:NAME, or piper:NAME; the language's own when \
         left out.",
    ),
    Field::new("engine", Kind::Variants(ENGINES)).about("Who talks; a script when left out."),
    Field::new("ring_timeout_s", Kind::Integer(1, 300))
        .about("How long the phone may ring, in seconds; 30 when left out."),
    Field::new("max_duration_s", Kind::Integer(1, 86_400))
        .about("How long a conversation may last, in seconds; 600 when left out."),
    Field::new("silence_timeout_s", Kind::Integer(1, 3_600))
        .about("How long both sides may be silent, in seconds; 20 when left out."),
    Field::new("voicemail_detection", Kind::Boolean)
        .about("Whether a machine is told from a person first; true when left out."),
    Field::new("interruptible", Kind::Boolean)
        .about("Whether a person who speaks over the agent silences it; true when left out."),
    Field::new("results", Kind::List(0, &Kind::Table(RESULT)))
        .about("What the call is for: the values that the agent records."),
    Field::new("tools", Kind::List(0, &Kind::Table(TOOL)))
        .about("Functions of your own that the agent may call, by HTTP POST."),
    Field::new("transfer_to", Kind::List(0, &PHONE_NUMBER))
        .about("The numbers to which the agent may transfer a call, E.164."),
];

const RESULT: &[Field] = &[
    Field::required("name", IDENTIFIER)
        .about("Its name: result.NAME in the report, and what the agent calls it."),
    Field::new("description", Kind::Text(1_000)).about("What it means, for the agent."),
    Field::new("type", Kind::OneOf(&ResultKind::NAMES))
        .about("The kind of its values; text when left out."),
    Field::new("choices", Kind::List(1, &NAME)).about("The values to choose from, for a choice."),
];

const TOOL: &[Field] = &[
    Field::required("name", IDENTIFIER).about("Its name, for the agent."),
    Field::new("description", Kind::Text(5_000)).about("What it does, for the agent."),
    Field::new("parameters", Kind::Object).about("Its parameters: a JSON Schema object."),
    Field::required("url", URL).about("Where it listens."),
    Field::new("headers", Kind::Texts).about(
        "Headers of the request; their values are never shown again. Left out, the stored ones stay.",
    ),
    Field::new("timeout_s", Kind::Integer(1, 60))
        .about("How long it may take, in seconds; 10 when left out."),
];

/// A name for programs.
pub(super) const IDENTIFIER: Kind = Kind::Parsed(&Rule {
    check: identifier,
    pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$",
    longest: 64,
    example: "appointment",
});

fn identifier(text: &str) -> Result<(), String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    match begins && text.len() <= 64 && text.chars().all(is_word) {
        true => Ok(()),
        false => Err(format!(
            "{text:?} is not a name for programs; write 1 to 64 letters, digits and underscores, \
             the first one no digit"
        )),
    }
}

/// The changeable fields of an agent. What it says is in its versions.
pub const AGENT_EDIT: &[Field] = &[Field::required("name", NAME).about("A label for people.")];

const ENGINES: &[Variant] = &[
    Variant { name: "script", fields: SCRIPT },
    Variant { name: "media_stream", fields: MEDIA_STREAM },
    Variant { name: "realtime", fields: REALTIME },
    Variant { name: "pipeline", fields: PIPELINE },
];

const MEDIA_STREAM: &[Field] = &[
    Field::required("url", SOCKET_URL).about("Where the bot listens: a WebSocket."),
    Field::new("auth_token", SECRET).about(
        "The secret that signs the connection (X-Twilio-Signature); never shown again. Left out, the \
         stored one stays.",
    ),
    Field::new("parameters", Kind::Texts).about(
        "Values that the bot gets beside those of the row; {{placeholders}} are filled per recipient.",
    ),
];

const REALTIME: &[Field] = &[
    Field::required("url", SOCKET_URL)
        .about("The base URL of the server, such as wss://api.openai.com/v1."),
    Field::required("model", Kind::Text(200)).about("The model."),
    API_KEY,
    Field::new("voice", Kind::Text(200)).about("A voice of the server; its own when left out."),
    Field::new("audio", Kind::OneOf(&RealtimeAudio::NAMES))
        .about("The form of sound; pcmu when left out, as the call has it."),
    Field::new("turn_detection", Kind::Object).about(
        "How the server finds the end of a turn, in its own words; server_vad when left out.",
    ),
    Field::new("extra_session", Kind::Object)
        .about("Fields that are merged into the session as they are, for servers with others."),
];

const PIPELINE: &[Field] = &[
    Field::required("stt", Kind::Table(RECOGNITION)).about("Who writes down what the person says."),
    Field::required("llm", Kind::Table(CHAT)).about("Who answers."),
    Field::required("tts", Kind::Table(SPEECH)).about("Who speaks the answer."),
];

const RECOGNITION: &[Field] = &[
    Field::new("protocol", Kind::OneOf(&RecognitionProtocol::NAMES)).about(
        "deepgram: streaming over a WebSocket. openai: one request an utterance, when left out.",
    ),
    Field::required("url", SERVER_URL)
        .about("The base URL: wss:// for deepgram, https:// for openai."),
    MODEL,
    API_KEY,
];

const CHAT: &[Field] = &[
    Field::required("url", SERVER_URL).about("The base URL, such as https://api.openai.com/v1."),
    MODEL,
    API_KEY,
    Field::new("temperature", Kind::Number(0.0, 2.0))
        .about("How freely it answers; the server's own when left out."),
];

pub(super) const SPEECH: &[Field] = &[
    Field::required("url", SERVER_URL).about("The base URL, such as https://api.openai.com/v1."),
    MODEL,
    Field::new("voice", Kind::Text(200)).about("A voice of the server; its own when left out."),
    API_KEY,
    Field::new("format", Kind::OneOf(&SpeechFormat::NAMES))
        .about("The form of its sound; wav when left out, which tells its rate."),
];

const MODEL: Field =
    Field::new("model", Kind::Text(200)).about("The model; the server's own when left out.");

const API_KEY: Field = Field::new("api_key", SECRET)
    .about("The key for the server; never shown again. Left out, the stored one stays.");

/// The URL of a server for one of several protocols.
const SERVER_URL: Kind = Kind::Parsed(&Rule {
    check: |text| {
        let of = |protocol| check_url(text, protocol, Reach::All);
        let is_socket = text.starts_with("ws");
        let checked = of(if is_socket { Protocol::WebSocket } else { Protocol::Http });
        checked.map_err(|error| error.to_string())
    },
    pattern: r"^(ws|http)s?://[!-~]+$",
    longest: 2_000,
    example: "https://models.example.com/v1",
});

/// The URL of a WebSocket server.
const SOCKET_URL: Kind = Kind::Parsed(&Rule {
    check: |text| {
        check_url(text, Protocol::WebSocket, Reach::All).map_err(|error| error.to_string())
    },
    pattern: r"^wss?://[!-~]+$",
    longest: 2_000,
    example: "wss://bot.example.com/ws",
});

/// A key or password of a server.
const SECRET: Kind =
    Kind::Parsed(&Rule { check: secret, pattern: "^[ -~]*$", longest: 1_000, example: "sk-1234" });

/// What a value begins with that stands for a variable of the environment, in files.
pub const FROM_ENVIRONMENT: &str = "env:";

fn secret(text: &str) -> Result<(), String> {
    if text.starts_with(FROM_ENVIRONMENT) {
        return Err(format!(
            "begins with {FROM_ENVIRONMENT}, which stands for a variable of the environment in the \
             files of the command line only; write the key itself"
        ));
    }
    match text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        true => Ok(()),
        false => Err("has a letter that no header can carry; copy the key again".to_owned()),
    }
}
