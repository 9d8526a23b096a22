//! The tables for the engine `script` and its steps.

use super::{
    Field, Kind, Rule, Variant,
    agent::{IDENTIFIER, SENTENCES, SPEECH},
    rules::PHONE_NUMBER,
};

pub(super) const SCRIPT: &[Field] = &[
    Field::new("lines", Kind::List(0, &SENTENCES))
        .about("What to say, one line after each of the person's turns."),
    Field::new("steps", Kind::List(0, &Kind::Variants(STEPS)))
        .about("What to say and ask, instead of lines."),
    Field::new("goodbye", SENTENCES).about("The last thing said."),
    Field::new("tts", Kind::Table(SPEECH))
        .about("A server that speaks; a program of Campanile's machine when left out."),
];

const STEPS: &[Variant] = &[
    Variant { name: "say", fields: SAY },
    Variant { name: "ask", fields: ASK },
    Variant { name: "transfer", fields: TRANSFER },
    Variant { name: "end", fields: END },
];

const SAY: &[Field] = &[
    STEP_NAME,
    Field::required("text", SENTENCES).about("What is said."),
    Field::new("interruptible", Kind::Boolean)
        .about("Whether the person may cut it short, by a key or by speaking; true when left out."),
    RECORD,
    GO_ON,
];

const ASK: &[Field] = &[
    STEP_NAME,
    Field::required("text", SENTENCES).about("The question."),
    Field::new("interruptible", Kind::Boolean)
        .about("Whether the person may answer before the question is over; true when left out."),
    Field::required("answers", Kind::List(1, &Kind::Table(ANSWER)))
        .about("The answers and where they lead."),
    Field::new("times", Kind::Integer(1, 10))
        .about("How often the question is asked at the most; 2 when left out."),
    Field::new("wait_s", Kind::Integer(1, 60)).about(
        "How long the person may be silent after the question, in seconds; 5 when left out.",
    ),
    Field::new("no_input", Kind::Table(MISS)).about("When the person does nothing."),
    Field::new("no_match", Kind::Table(MISS))
        .about("When the person does something that is no answer."),
    Field::new("takes_nine", Kind::Boolean).about(
        "Whether the key 9 is an answer here; otherwise it asks for no more calls, as everywhere.",
    ),
];

const TRANSFER: &[Field] = &[
    STEP_NAME,
    Field::new("text", SENTENCES).about("What is said before."),
    Field::required("to", PHONE_NUMBER).about("The number, one of transfer_to."),
    RECORD,
];

const END: &[Field] = &[
    STEP_NAME,
    Field::new("text", SENTENCES).about("The last thing said; the goodbye when left out."),
    RECORD,
];

const ANSWER: &[Field] = &[
    Field::required("when", WHEN).about(
        "The answer: keys such as 1 or 10; yes (the key 1); no (the key 2); keys, for any other \
         keys; speech, for anything that is said.",
    ),
    GO_ON,
    RECORD,
];

const MISS: &[Field] = &[
    Field::new("text", SENTENCES).about("What is said before the question is asked again."),
    Field::new("go_to", IDENTIFIER).about(
        "Where it leads when the question was asked often enough: the name of a step, next or end; \
         end when left out.",
    ),
    RECORD,
];

const STEP_NAME: Field = Field::new("name", IDENTIFIER).about("A name to go to.");

const GO_ON: Field = Field::new("go_to", IDENTIFIER)
    .about("Where it leads: the name of a step, next or end; next when left out.");

const RECORD: Field = Field::new("record", Kind::Table(RECORDED)).about("A result to record.");

const RECORDED: &[Field] = &[
    Field::required("name", IDENTIFIER).about("The name of one of the results."),
    Field::new("value", Kind::Text(2_000))
        .about("Its value; for an answer, what was answered when left out."),
];

/// An answer of a person.
const WHEN: Kind = Kind::Parsed(&Rule {
    check: |text| {
        let is_keys = (1..=10).contains(&text.len())
            && text.chars().all(|key| matches!(key, '0'..='9' | '*' | '#'));
        match is_keys || matches!(text, "yes" | "no" | "keys" | "speech") {
            true => Ok(()),
            false => Err(format!(
                "{text:?} is no answer; write 1 to 10 keys (0 to 9, * and #), yes, no, keys or speech"
            )),
        }
    },
    pattern: "^([0-9*#]{1,10}|yes|no|keys|speech)$",
    longest: 10,
    example: "1",
});
