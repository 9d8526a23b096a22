//! Measures voicemail detection on the generated set. `--nocapture` prints the tables of
//! docs/voicemail.md and every mistake.

use std::{sync::LazyLock, time::Instant};

use campanile_media::{
    FRAME_SAMPLES,
    amd::{AmdConfig, Class, Detector, Examination, FRAME_MS, examine},
    tone,
};

use crate::amd_set::{Answer, Part, answers, espeak, silence_ms};

const CLASSES: [Class; 7] = [
    Class::Human,
    Class::Voicemail,
    Class::Screening,
    Class::Announcement,
    Class::Fax,
    Class::Silence,
    Class::Unsure,
];
/// A beep that is found this far from where it is, in milliseconds, is not found.
const BEEP_WITHIN_MS: u32 = 300;

static REPORT: LazyLock<Results> = LazyLock::new(|| Results::of(Part::Report));

struct Results(Vec<(&'static Answer, Examination)>);

impl Results {
    fn of(part: Part) -> Results {
        let heard = |answer: &'static Answer| {
            let examination = examine(&answer.sound, AmdConfig::default());
            (answer, examination)
        };
        Results(answers(part).iter().map(heard).collect())
    }

    fn of_class(&self, truth: Class) -> impl Iterator<Item = &(&'static Answer, Examination)> {
        self.0.iter().filter(move |(answer, _)| answer.truth == truth)
    }

    /// Returns the share of answers whose last class is right.
    fn right(&self) -> f32 {
        share(self.0.iter(), |(answer, found)| is_right(answer.truth, found.last.class))
    }

    /// Returns the share of people, at this SNR or a better one, who are taken for machines.
    fn hung_up_on(&self, snr_db: u8) -> f32 {
        let people = self.of_class(Class::Human).filter(|(answer, _)| answer.snr_db >= snr_db);
        share(people, |(_, found)| is_machine(found.last.class))
    }

    /// Returns the times from the first word of people to the last decision, in milliseconds.
    fn waited_ms(&self) -> Vec<u32> {
        let people = self.of_class(Class::Human);
        people.map(|(answer, found)| found.last.at_ms.saturating_sub(answer.begins_ms)).collect()
    }

    fn first_decisions_ms(&self) -> Vec<u32> {
        self.0.iter().map(|(_, found)| found.first.at_ms).collect()
    }

    fn beeps(&self) -> impl Iterator<Item = &(&'static Answer, Examination)> {
        self.0.iter().filter(|(answer, _)| answer.beep.is_some())
    }

    /// Returns the share of beeps that are found where they are.
    fn beeps_found(&self) -> f32 {
        share(self.beeps(), |(answer, found)| beep_error_ms(answer, found) <= BEEP_WITHIN_MS)
    }

    fn false_beeps(&self) -> usize {
        let none = self.0.iter().filter(|(answer, _)| answer.beep.is_none());
        none.filter(|(_, found)| found.beep.is_some()).count()
    }

    fn print(&self, part: Part) {
        println!("\n{part:?}: {} answers", self.0.len());
        for (answer, found) in &self.0 {
            let Answer { truth, name, beep, begins_ms, .. } = answer;
            let is_beep_right = beep.is_some() == found.beep.is_some()
                && beep_error_ms(answer, found) <= BEEP_WITHIN_MS;
            if !is_right(*truth, found.last.class) || !is_beep_right {
                let Examination { first, last, beep: heard } = found;
                println!(
                    "{truth:?} from {begins_ms} ms is {:?}, {:?} at {} ms; beep {beep:?} is \
                    {heard:?}: {name}",
                    first.class, last.class, last.at_ms
                );
            }
        }
        self.print_matrix("first decision", |found| found.first.class);
        self.print_matrix("in the end", |found| found.last.class);
        println!("right: {:.1} %", 100.0 * self.right());
        for snr_db in [15, 0] {
            let share = 100.0 * self.hung_up_on(snr_db);
            let people = self.of_class(Class::Human).filter(|(answer, _)| answer.snr_db >= snr_db);
            let people = people.count();
            println!("of {people} people at {snr_db} dB or better {share:.1} % are hung up on");
        }
        let of = |what: &str, times: Vec<u32>| {
            let [p50, p95] = [0.50, 0.95].map(|share| percentile(times.clone(), share));
            println!("{what}: p50 {p50} ms, p95 {p95} ms");
        };
        of("first decision after the answer", self.first_decisions_ms());
        of("decision about people after their first word", self.waited_ms());
        let started = Instant::now();
        let heard = self.0.iter().map(|(answer, _)| {
            examine(&answer.sound, AmdConfig::default());
            answer.sound.len() / FRAME_SAMPLES
        });
        let frames: usize = heard.sum();
        println!(
            "20 ms of sound take {:.2} µs",
            started.elapsed().as_secs_f64() * 1e6 / frames as f64
        );
        let found = 100.0 * self.beeps_found();
        println!(
            "beeps: {found:.1} % of {} found, {} false",
            self.beeps().count(),
            self.false_beeps()
        );
        of("end of the beep off by", self.beeps().map(|(a, f)| beep_error_ms(a, f)).collect());
    }

    /// Prints a table with a row for each truth.
    fn print_matrix(&self, title: &str, class_of: impl Fn(&Examination) -> Class) {
        let name = |class: Class| format!("{class:?}").to_lowercase();
        println!("\n| truth | {title}: {} |", CLASSES.map(name).join(" | "));
        println!("|{}", "---|".repeat(CLASSES.len() + 1));
        for truth in &CLASSES[..6] {
            let count =
                |class| self.of_class(*truth).filter(|(_, found)| class_of(found) == class).count();
            let cells = CLASSES.map(|class| count(class).to_string()).join(" | ");
            println!("| {} ({}) | {cells} |", name(*truth), self.of_class(*truth).count());
        }
        println!();
    }
}

fn share<T>(of: impl Iterator<Item = T>, holds: impl Fn(&T) -> bool) -> f32 {
    let (right, all) =
        of.fold((0, 0), |(right, all), one| (right + u32::from(holds(&one)), all + 1));
    right as f32 / all as f32
}

fn is_machine(class: Class) -> bool {
    matches!(class, Class::Voicemail | Class::Screening | Class::Announcement | Class::Fax)
}

/// Whether the class is right: an agent talks to somebody of whom it is unsure as to a person.
fn is_right(truth: Class, class: Class) -> bool {
    class == truth || truth == Class::Human && class == Class::Unsure
}

fn beep_error_ms(answer: &Answer, found: &Examination) -> u32 {
    let both = answer.beep.zip(found.beep);
    both.map_or(0, |((_, end_ms), found)| found.end_ms.abs_diff(end_ms))
        + if answer.beep.is_some() && found.beep.is_none() { 9_999 } else { 0 }
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
    let right = results.right();
    assert!(right >= 0.95, "only {right} are right");
    let [clear, all] = [15, 0].map(|snr_db| results.hung_up_on(snr_db));
    assert!(clear <= 0.015 && all <= 0.025, "{clear} and {all} of the people are hung up on");
    for class in [Class::Announcement, Class::Fax, Class::Silence] {
        let right = share(results.of_class(class), |(_, found)| found.last.class == class);
        assert!(right >= 0.9, "{class:?}: only {right} are right");
    }
    let [p50, p95] = [0.50, 0.95].map(|share| percentile(results.waited_ms(), share));
    assert!(p50 <= 2_000 && p95 <= 7_000, "people wait for {p50} ms, and for {p95} ms at p95");
    assert!(percentile(results.first_decisions_ms(), 0.95) <= 4_500, "decisions come too late");
}

/// Returns the class of an answer whose words a transcript has half a second after they were said,
/// without every tenth.
fn class_by_words(answer: &Answer) -> Class {
    let heard = answer.text.split(' ').enumerate().filter(|(at, _)| at % 10 != 7);
    let words: Vec<&str> = heard.map(|(_, word)| word).collect();
    let mut detector = Detector::new(AmdConfig::default());
    for frame in answer.sound.as_chunks::<FRAME_SAMPLES>().0 {
        detector.push(frame);
        if detector.elapsed_ms().abs_diff(answer.said_ms + 500) < FRAME_MS / 2 {
            detector.words(&words.join(" "));
        }
    }
    detector.decision().map_or(Class::Silence, |decision| decision.class)
}

#[test]
fn words_decide_what_the_ear_left_open() {
    let wrong: Vec<String> = answers(Part::Report)
        .iter()
        .map(|answer| (answer, class_by_words(answer)))
        .filter(|(answer, class)| !is_right(answer.truth, *class))
        .map(|(answer, class)| format!("{:?} is {class:?}: {}", answer.truth, answer.name))
        .collect();
    println!("With words, {} of {} are wrong", wrong.len(), answers(Part::Report).len());
    assert!(wrong.len() * 100 <= answers(Part::Report).len() * 3, "{wrong:#?}");
}

#[test]
fn beeps_are_found_where_they_are_and_nowhere_else() {
    let found = REPORT.beeps_found();
    assert!(found >= 0.98, "only {found} of the beeps are found");
    assert_eq!(REPORT.false_beeps(), 0, "something else is taken for a beep");
    let errors = REPORT.beeps().map(|(answer, found)| beep_error_ms(answer, found));
    assert!(percentile(errors.collect(), 0.95) <= 40, "the end of the beep is not where it is");
}

#[test]
fn short_hellos_are_people() {
    let hellos = ["Hello", "Yes", "Hey", "Hallo", "Ja", "Mm", "\u{bf}Hola", "Oui"];
    let is_hello = |text: &str| hellos.iter().any(|hello| text.starts_with(hello));
    let mut mistaken = Vec::new();
    for (answer, found) in REPORT.of_class(Class::Human) {
        let is_clear = answer.snr_db >= 20 && answer.begins_ms < 1_500;
        if is_clear && is_hello(answer.text) && found.last.class != Class::Human {
            mistaken.push(format!("{:?}: {}", found.last.class, answer.name));
        }
    }
    assert!(mistaken.is_empty(), "{mistaken:#?}");
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
