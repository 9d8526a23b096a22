//! Checks the steps of a script against each other and against the rest of the version.

use std::collections::{BTreeMap, BTreeSet};

use campanile_agent::tools::read_value;
use campanile_rules::{
    agent::{
        AgentVersion, AskStep, END_STEP, NEXT_STEP, ResultKind, SayStep, ScriptRecord,
        ScriptSettings, ScriptStep, TransferStep,
    },
    template::placeholders,
};

use super::{Mistake, instead};

/// What does not fit together in the steps of a version.
pub(super) fn contradictions(version: &AgentVersion) -> Vec<Mistake> {
    let Some(ScriptSettings { lines, steps, .. }) = version.engine.script() else {
        return Vec::new();
    };
    if steps.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    if !lines.is_empty() {
        let detail = "is there beside lines; write either lines or steps";
        found.push(Mistake::new("/engine/steps", detail));
    }
    found.extend(names(steps));
    for (at, step) in steps.iter().enumerate() {
        let here = format!("/engine/steps/{at}");
        if let ScriptStep::Ask(ask) = step {
            found.extend(answers(&here, ask));
        }
        if let ScriptStep::Transfer(TransferStep { to, .. }) = step
            && !version.transfer_to.contains(to)
        {
            let detail = format!("{to} is not in transfer_to; add it there");
            found.push(Mistake::new(format!("{here}/to"), detail));
        }
        for (place, record) in step.records() {
            let answer = answered(step, &place);
            found.extend(recorded(version, &format!("{here}/{place}"), record, answer));
        }
    }
    let ways = ways(steps);
    let lost = ways.iter().filter(|way| way.to.is_none());
    let known: Vec<&str> = targets(steps);
    let unknown: Vec<Mistake> = lost
        .map(|way| {
            let detail = format!("{:?} is no step; {}", way.go_to, instead(way.go_to, &known));
            Mistake::new(way.pointer(), detail)
        })
        .collect();
    // Where a way leads nowhere, it is not known what it would have reached.
    match unknown.is_empty() {
        true => found.extend(unreached(steps, &ways).chain(endless(&ways))),
        false => found.extend(unknown),
    }
    found
}

/// A way from one step to another.
struct Way<'s> {
    from: usize,
    /// The place in the step.
    at: String,
    go_to: &'s str,
    /// Where it leads; the number of steps is the end.
    to: Option<usize>,
    /// Whether the person chooses it.
    is_answer: bool,
}

impl Way<'_> {
    fn pointer(&self) -> String {
        format!("/engine/steps/{}/{}", self.from, self.at)
    }
}

fn ways(steps: &[ScriptStep]) -> Vec<Way<'_>> {
    let mut ways = Vec::new();
    for (from, step) in steps.iter().enumerate() {
        let mut add = |at: String, go_to, is_answer| {
            let to = match go_to {
                NEXT_STEP => Some(from + 1),
                END_STEP => Some(steps.len()),
                name => steps.iter().position(|step| step.name() == name),
            };
            ways.push(Way { from, at, go_to, to, is_answer });
        };
        match step {
            ScriptStep::Say(SayStep { go_to, .. }) => add("go_to".to_owned(), go_to, false),
            ScriptStep::Ask(AskStep { answers, no_input, no_match, .. }) => {
                for (at, answer) in answers.iter().enumerate() {
                    add(format!("answers/{at}/go_to"), &answer.go_to, true);
                }
                add("no_input/go_to".to_owned(), &no_input.go_to, false);
                add("no_match/go_to".to_owned(), &no_match.go_to, false);
            }
            ScriptStep::Transfer(_) | ScriptStep::End(_) => {}
        }
    }
    ways
}

fn targets(steps: &[ScriptStep]) -> Vec<&str> {
    let names = steps.iter().map(ScriptStep::name).filter(|name| !name.is_empty());
    names.chain([NEXT_STEP, END_STEP]).collect()
}

/// Names that are there twice, or mean something else.
fn names(steps: &[ScriptStep]) -> Vec<Mistake> {
    let mut seen = BTreeSet::from([NEXT_STEP, END_STEP]);
    let named = steps.iter().map(ScriptStep::name).enumerate();
    let taken = named.filter(|(_, name)| !name.is_empty() && !seen.insert(name));
    taken
        .map(|(at, name)| {
            let detail = format!("{name:?} is taken; choose another name");
            Mistake::new(format!("/engine/steps/{at}/name"), detail)
        })
        .collect()
}

/// Answers that cannot be told apart, and the key 9.
fn answers(here: &str, ask: &AskStep) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut seen = BTreeMap::new();
    for (at, answer) in ask.answers.iter().enumerate() {
        let pointer = format!("{here}/answers/{at}/when");
        let keys = match answer.when.as_str() {
            "yes" => "1",
            "no" => "2",
            when => when,
        };
        if let Some(other) = seen.insert(keys, &answer.when) {
            let detail =
                format!("{:?} is the same answer as {other:?}; write another", answer.when);
            found.push(Mistake::new(&pointer, detail));
        }
        if keys.contains('9') && !ask.takes_nine {
            let detail = "the key 9 asks for no more calls; choose another key, or set takes_nine to \
                          true";
            found.push(Mistake::new(&pointer, detail));
        }
    }
    if ask.takes_nine && seen.keys().all(|keys| *keys != "keys" && !keys.contains('9')) {
        let detail =
            "is true, but no answer has a 9; leave it out, so that 9 asks for no more calls";
        found.push(Mistake::new(format!("{here}/takes_nine"), detail));
    }
    found
}

/// What is recorded by an answer without a value of its own; None outside of answers.
fn answered<'s>(step: &'s ScriptStep, place: &str) -> Option<&'s str> {
    let ScriptStep::Ask(AskStep { answers, .. }) = step else { return None };
    let at: usize = place.strip_prefix("answers/")?.strip_suffix("/record")?.parse().ok()?;
    answers.get(at).map(|answer| answer.when.as_str())
}

/// What is wrong with a result that is recorded.
fn recorded(
    version: &AgentVersion,
    pointer: &str,
    ScriptRecord { name, value }: &ScriptRecord,
    answer: Option<&str>,
) -> Option<Mistake> {
    let Some(result) = version.results.iter().find(|result| result.name == *name) else {
        let known: Vec<&str> = version.results.iter().map(|result| result.name.as_str()).collect();
        let detail = match known.is_empty() {
            true => format!("{name:?} is no result; write it in results"),
            false => format!("{name:?} is no result; {}", instead(name, &known)),
        };
        return Some(Mistake::new(format!("{pointer}/name"), detail));
    };
    let pointer = format!("{pointer}/value");
    let value = match (value.as_str(), answer) {
        ("", None) => return Some(Mistake::new(pointer, "is empty; write the value")),
        ("", Some("keys")) => {
            let fits = matches!(result.kind, ResultKind::Text | ResultKind::Number);
            let detail =
                format!("is empty, but not all keys are a value of {name}; write the value");
            return (!fits).then(|| Mistake::new(pointer, detail));
        }
        ("", Some(answer)) => answer,
        (value, _) if placeholders(value).next().is_some() => return None,
        (value, _) => value,
    };
    read_value(result, &value.into()).err().map(|detail| Mistake::new(pointer, detail))
}

/// Steps to which no way leads from the first one.
fn unreached<'s>(steps: &'s [ScriptStep], ways: &[Way<'_>]) -> impl Iterator<Item = Mistake> + 's {
    let mut reached = BTreeSet::new();
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        if reached.insert(at) {
            open.extend(ways.iter().filter(|way| way.from == at).filter_map(|way| way.to));
        }
    }
    (0..steps.len()).filter(move |at| !reached.contains(at)).map(|at| {
        let detail =
            "is never reached: no step before leads to it; name it and go to it, or delete it";
        Mistake::new(format!("/engine/steps/{at}"), detail)
    })
}

/// Ways that go round in a circle without the person.
fn endless(ways: &[Way<'_>]) -> impl Iterator<Item = Mistake> {
    let alone: Vec<&Way<'_>> = ways.iter().filter(|way| !way.is_answer).collect();
    let closes = |way: &&&Way<'_>| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<usize> = way.to.into_iter().collect();
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                open.extend(alone.iter().filter(|way| way.from == at).filter_map(|way| way.to));
            }
        }
        // The way back is the one to change.
        way.to.is_some_and(|to| to <= way.from) && seen.contains(&way.from)
    };
    let found: Vec<Mistake> = alone
        .iter()
        .filter(closes)
        .map(|way| {
            let detail = "goes round in a circle without an answer of the person, so that the call \
                          would not end; go to another step";
            Mistake::new(way.pointer(), detail)
        })
        .collect();
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::agent_version;

    /// A version with these steps: 1 confirms, 2 goes to another number.
    fn version(change: impl FnOnce(&mut Value)) -> Value {
        let mut version = json!({
            "transfer_to": ["+14155550123"],
            "results": [
                {"name": "answer", "type": "choice", "choices": ["confirmed", "moved"]},
                {"name": "comes", "type": "boolean"},
            ],
            "engine": {"type": "script", "steps": [
                {"type": "say", "text": "Hello."},
                {"type": "ask", "name": "question", "text": "1 or 2?", "answers": [
                    {"when": "1", "record": {"name": "answer", "value": "confirmed"}},
                    {"when": "2", "go_to": "office", "record": {"name": "answer", "value": "{{x}}"}},
                    {"when": "3", "go_to": "question"},
                ]},
                {"type": "end", "text": "Bye."},
                {"type": "transfer", "name": "office", "to": "+14155550123"},
            ]},
        });
        change(&mut version);
        version
    }

    #[test]
    fn good_steps_are_taken() {
        assert_eq!(agent_version(version(|_| ())).map(drop), Ok(()));
        let yes_and_no = version(|version| {
            version["engine"]["steps"][1]["answers"] = json!([
                {"when": "yes", "record": {"name": "comes"}},
                {"when": "no", "go_to": "office", "record": {"name": "comes"}},
                {"when": "speech", "record": {"name": "comes", "value": "true"}},
            ]);
        });
        assert_eq!(agent_version(yes_and_no).map(drop), Ok(()));
    }

    #[test]
    fn every_mistake_of_steps_is_told_with_its_place_and_what_to_write() {
        let at = |pointer: &'static str, value: Value| {
            move |version: &mut Value| *version.pointer_mut(pointer).expect(pointer) = value
        };
        let steps = "/engine/steps";
        type Change = Box<dyn FnOnce(&mut Value)>;
        let cases: Vec<(Change, &str, &str)> = vec![
            (
                Box::new(|version| version["engine"]["lines"] = json!(["Hello?"])),
                "",
                "write either lines or steps",
            ),
            (
                Box::new(at("/engine/steps/1/answers/1/go_to", json!("ofice"))),
                "/1/answers/1/go_to",
                "\"ofice\" is no step; did you mean \"office\"?",
            ),
            (
                Box::new(at("/engine/steps/1/answers/1/go_to", json!("end"))),
                "/3",
                "is never reached",
            ),
            (
                Box::new(|version| {
                    version["engine"]["steps"][1]["no_input"] = json!({"go_to": "question"})
                }),
                "/1/no_input/go_to",
                "goes round in a circle",
            ),
            (
                Box::new(|version| {
                    version["engine"]["steps"][0]["name"] = json!("start");
                    version["engine"]["steps"][1]["no_match"] = json!({"go_to": "start"});
                }),
                "/1/no_match/go_to",
                "goes round in a circle",
            ),
            (
                Box::new(|version| version["engine"]["steps"][0]["name"] = json!("question")),
                "/1/name",
                "\"question\" is taken",
            ),
            (
                Box::new(|version| version["engine"]["steps"][0]["name"] = json!("next")),
                "/0/name",
                "\"next\" is taken",
            ),
            (
                Box::new(at("/engine/steps/1/answers/1/when", json!("yes"))),
                "/1/answers/1/when",
                "\"yes\" is the same answer as \"1\"",
            ),
            (
                Box::new(at("/engine/steps/1/answers/2/when", json!("9"))),
                "/1/answers/2/when",
                "the key 9 asks for no more calls",
            ),
            (
                Box::new(|version| version["engine"]["steps"][1]["takes_nine"] = json!(true)),
                "/1/takes_nine",
                "no answer has a 9",
            ),
            (
                Box::new(at("/engine/steps/3/to", json!("+14155550199"))),
                "/3/to",
                "is not in transfer_to",
            ),
            (
                Box::new(at("/engine/steps/1/answers/0/record/name", json!("anwser"))),
                "/1/answers/0/record/name",
                "did you mean \"answer\"?",
            ),
            (
                Box::new(at("/engine/steps/1/answers/0/record/value", json!("later"))),
                "/1/answers/0/record/value",
                "one of: confirmed, moved",
            ),
            (
                Box::new(at(
                    "/engine/steps/1/answers/0",
                    json!({"when": "keys", "record": {"name": "comes"}}),
                )),
                "/1/answers/0/record/value",
                "not all keys are a value of comes",
            ),
            (
                Box::new(|version| {
                    version["engine"]["steps"][0]["record"] = json!({"name": "comes"})
                }),
                "/0/record/value",
                "is empty; write the value",
            ),
            (
                Box::new(at("/engine/steps/1/answers/0/when", json!("maybe"))),
                "/1/answers/0/when",
                "write 1 to 10 keys",
            ),
            (
                Box::new(at("/engine/steps/2/type", json!("stop"))),
                "/2/type",
                "\"stop\" is not known",
            ),
        ];
        for (change, place, words) in cases {
            let found = agent_version(version(change)).expect_err(words);
            let told: Vec<_> = found
                .iter()
                .map(|mistake| (mistake.pointer.as_str(), mistake.detail.as_str()))
                .collect();
            let [(pointer, detail)] = told[..] else { panic!("{words}: {told:?}") };
            assert_eq!(pointer, format!("{steps}{place}"), "{detail}");
            assert!(detail.contains(words), "{detail}");
        }
    }
}
