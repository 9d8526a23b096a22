//! Measures voicemail detection on the generated set. `--nocapture` prints the figures of
//! docs/voicemail.md.

use std::{collections::BTreeMap, sync::LazyLock};

use campanile_media::{
    amd::{AmdConfig, Class, Examination, examine},
    tone,
};

use crate::amd_set::{Answer, Part, answers, espeak, silence_ms};

const CLASSES: [Class; 5] =
    [Class::Human, Class::Voicemail, Class::Screening, Class::Silence, Class::Unsure];

static REPORT: LazyLock<Results> = LazyLock::new(|| Results::of(Part::Report));

struct Results(Vec<(Answer, Examination)>);

impl Results {
    fn of(part: Part) -> Results {
        let heard = |answer: Answer| {
            let examination = examine(&answer.sound, AmdConfig::default());
            (answer, examination)
        };
        Results(answers(part).into_iter().map(heard).collect())
    }

    /// Returns the share of answers of class `truth` for which `holds` is true.
    fn share(&self, truth: Class, holds: impl Fn(&Examination) -> bool) -> f32 {
        let of_class = self.0.iter().filter(|(answer, _)| answer.truth == truth);
        let (right, all) = of_class.fold((0, 0), |(right, all), (_, examination)| {
            (right + usize::from(holds(examination)), all + 1)
        });
        right as f32 / all as f32
    }

    /// Returns the time from the answer by which this share of first decisions was made, in ms.
    fn decided_within_ms(&self, truth: Option<Class>, share: f32) -> u32 {
        let chosen = self.0.iter().filter(|(answer, _)| truth.is_none_or(|t| t == answer.truth));
        percentile(chosen.map(|(_, examination)| examination.first.at_ms).collect(), share)
    }

    /// Returns the distance of each detected beep's end from the truth, in milliseconds.
    fn beep_errors_ms(&self) -> Vec<u32> {
        let both = self.0.iter().filter_map(|(answer, found)| answer.beep.zip(found.beep));
        both.map(|((_, end_ms), found)| found.end_ms.abs_diff(end_ms)).collect()
    }

    fn beeps(&self) -> usize {
        self.0.iter().filter(|(answer, _)| answer.beep.is_some()).count()
    }

    fn false_beeps(&self) -> usize {
        self.0
            .iter()
            .filter(|(answer, found)| answer.beep.is_none() && found.beep.is_some())
            .count()
    }

    fn print(&self, part: Part) {
        println!("\n{part:?}: {} answers", self.0.len());
        for (answer, found) in &self.0 {
            if answer.beep.is_some() != found.beep.is_some() {
                println!("beep of {}: {:?}, found {:?}", answer.name, answer.beep, found.beep);
            }
        }
        self.print_matrix("first decision", |examination| examination.first.class);
        self.print_matrix("in the end", |examination| examination.last.class);
        for truth in [None, Some(Class::Human), Some(Class::Voicemail)] {
            println!(
                "decided, {}: p50 {} ms, p95 {} ms",
                truth.map_or("all".to_owned(), |class| format!("{class:?}")),
                self.decided_within_ms(truth, 0.50),
                self.decided_within_ms(truth, 0.95),
            );
        }
        let errors = self.beep_errors_ms();
        println!(
            "beeps: {} of {} found, {} false, end off by p50 {} ms, p95 {} ms",
            errors.len(),
            self.beeps(),
            self.false_beeps(),
            percentile(errors.clone(), 0.50),
            percentile(errors, 0.95),
        );
        self.print_calibration();
    }

    fn print_matrix(&self, title: &str, class_of: impl Fn(&Examination) -> Class) {
        println!("{title:>14} | {}", CLASSES.map(|class| format!("{class:?}")).join(" | "));
        for truth in &CLASSES[..4] {
            let row = self.0.iter().filter(|(answer, _)| answer.truth == *truth);
            let mut counts = BTreeMap::new();
            row.for_each(|(_, found)| *counts.entry(class_of(found)).or_insert(0) += 1);
            let cells = CLASSES.map(|class| counts.get(&class).unwrap_or(&0).to_string());
            println!("{:>14} | {}", format!("{truth:?}"), cells.join(" | "));
        }
    }

    fn print_calibration(&self) {
        let mut of_confidence = BTreeMap::new();
        for (answer, found) in &self.0 {
            let first = found.first;
            let key = (first.class, (first.confidence * 100.0) as u32);
            let (right, all) = of_confidence.entry(key).or_insert((0, 0));
            *right += usize::from(first.class == answer.truth);
            *all += 1;
        }
        for ((class, percent), (right, all)) in of_confidence {
            println!("first {class:?} with confidence 0.{percent:02}: {right} of {all} right");
        }
    }
}

fn percentile(mut values: Vec<u32>, share: f32) -> u32 {
    values.sort_unstable();
    values[((values.len() - 1) as f32 * share).round() as usize]
}

#[test]
fn people_are_spoken_to_and_machines_are_recognised() {
    Results::of(Part::Tune).print(Part::Tune);
    let results = &*REPORT;
    results.print(Part::Report);

    let is_machine = |class| matches!(class, Class::Voicemail | Class::Screening);
    let abandoned = results.share(Class::Human, |found| is_machine(found.last.class));
    assert!(abandoned <= 0.05, "{abandoned} of the people would be taken for machines");
    let voicemail = results.share(Class::Voicemail, |found| found.first.class == Class::Voicemail);
    assert!(voicemail >= 0.85, "{voicemail} of the voicemails are recognised in time");
    let voicemail = results.share(Class::Voicemail, |found| is_machine(found.last.class));
    assert!(voicemail >= 0.90, "{voicemail} of the voicemails are recognised in the end");
    let silence = results.share(Class::Silence, |found| found.first.class == Class::Silence);
    assert!(silence >= 0.95, "{silence} of the silences are");
    assert!(results.decided_within_ms(None, 0.95) <= 4_500, "decisions come too late");

    let errors = results.beep_errors_ms();
    assert!(errors.len() * 100 >= results.beeps() * 95, "too many beeps are missed");
    assert_eq!(results.false_beeps(), 0, "a voice is taken for a beep");
    assert!(percentile(errors, 0.95) <= 40, "the end of the beep is not where it is");
}

#[test]
fn short_hellos_are_people() {
    let hellos = ["Hello", "Yes", "Hallo", "Hey", "Speaking", "Diga", "Hola", "Ja", "Yeah"];
    let mut mistaken = Vec::new();
    for (answer, found) in &REPORT.0 {
        let text = answer.name.split(": ").nth(1).unwrap_or("");
        let is_short = text.len() <= 16 && hellos.iter().any(|hello| text.contains(hello));
        if is_short && answer.truth == Class::Human && found.first.class != Class::Human {
            mistaken.push(answer.name.clone());
        }
    }
    assert!(mistaken.is_empty(), "{mistaken:?}");
}

#[test]
fn without_noise_nobody_is_mistaken() {
    let hellos = ["Hello?", "Hello, who is this?", "Yes, hello?", "Hi, speaking."];
    let greetings = [
        "Hi, you have reached Alex Morgan. I cannot take your call right now. Please leave a \
         message after the tone.",
        "You have reached the voicemail of Jordan Lee. Please leave your name and number after \
         the beep.",
        "The person you are calling is not available. At the tone, please record your message.",
    ];
    for voice in ["en-us", "en-gb", "en-us+f3", "en-gb-scotland"] {
        for lead_ms in [0, 200, 600] {
            for text in hellos {
                let sound = [silence_ms(lead_ms), espeak(text, voice, 160), silence_ms(6_000)];
                let found = examine(&sound.concat(), AmdConfig::default());
                assert_eq!(found.last.class, Class::Human, "{voice}, {lead_ms} ms: {text}");
                assert_eq!(found.beep, None, "{voice}, {lead_ms} ms: {text}");
            }
            for text in greetings {
                let greeting = [silence_ms(lead_ms), espeak(text, voice, 160), silence_ms(500)];
                let beep = tone::beep(1_000.0, 500, -12.0);
                let sound = [greeting.concat(), beep, silence_ms(6_000)].concat();
                let found = examine(&sound, AmdConfig::default());
                assert_eq!(found.first.class, Class::Voicemail, "{voice}, {lead_ms} ms: {text}");
                assert_eq!(found.last.class, Class::Voicemail, "{voice}, {lead_ms} ms: {text}");
                assert!(found.beep.is_some(), "{voice}, {lead_ms} ms: {text}");
            }
        }
    }
}
