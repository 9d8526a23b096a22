//! Generated answers whose truth is known: people, voicemail, call screening, announcements, fax
//! machines, silence. Each has its own voice, pace, place, codec and network. The same seed gives the
//! same set.

mod beeps;
mod line;
mod scripts;
mod voices;

use std::sync::LazyLock;

use campanile_media::{SAMPLE_RATE, amd::Class, tone};
use fastrand::Rng;

use self::{
    line::Scene,
    scripts::{Cast, REPORT, Script, TUNE},
    voices::Voice,
};
pub use self::{
    line::{music, telephone},
    voices::espeak,
};
use crate::tones::{RINGING, signal, signal_named};

/// The two parts of the set. The detector was tuned on one, so only the other measures its quality.
/// They share no sentence, no voice and no seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Tune,
    Report,
}

/// An answered call, as the caller hears it.
pub struct Answer {
    /// What is heard, by whom and where, so that a mistake can be inspected.
    pub name: String,
    pub truth: Class,
    pub sound: Vec<i16>,
    /// When somebody began to speak, in milliseconds.
    pub begins_ms: u32,
    /// What is said.
    pub text: &'static str,
    /// When the text has been said, in milliseconds.
    pub said_ms: u32,
    /// The level of speech over the place in dB.
    pub snr_db: u8,
    /// The beginning and end of the beep, in milliseconds.
    pub beep: Option<(u32, u32)>,
}

static TUNE_ANSWERS: LazyLock<Vec<Answer>> = LazyLock::new(|| make(Part::Tune));
static REPORT_ANSWERS: LazyLock<Vec<Answer>> = LazyLock::new(|| make(Part::Report));

/// Returns every answer of a part.
pub fn answers(part: Part) -> &'static [Answer] {
    match part {
        Part::Tune => &TUNE_ANSWERS,
        Part::Report => &REPORT_ANSWERS,
    }
}

fn make(part: Part) -> Vec<Answer> {
    let (cast, seed) = match part {
        Part::Tune => (&TUNE, 1),
        Part::Report => (&REPORT, 20),
    };
    let mut maker = Maker { rng: Rng::with_seed(seed), cast };
    let mut answers = Vec::new();
    let mut add = |times: usize, scripts: &[Script], scene: fn(&mut Maker, Script) -> Answer| {
        for _ in 0..times {
            answers.extend(scripts.iter().map(|script| scene(&mut maker, *script)));
        }
    };
    add(14, cast.hellos, Maker::person);
    add(10, cast.names, Maker::person);
    add(8, cast.businesses, Maker::person);
    add(2, cast.names, Maker::behind_ringing);
    add(2, cast.names, Maker::behind_music);
    add(18, cast.voicemail, Maker::voicemail);
    add(12, cast.screening, Maker::screening);
    add(6, cast.announcements, Maker::announcement);
    add(1, &[("en", ""); 12], Maker::fax);
    add(1, &[("en", ""); 24], Maker::silence);
    answers
}

struct Maker {
    rng: Rng,
    cast: &'static Cast,
}

/// A voice in its place.
struct Spoken {
    name: String,
    voice: Voice,
    sound: Vec<i16>,
    scene: Scene,
}

impl Maker {
    fn person(&mut self, script: Script) -> Answer {
        let lead_in = silence_ms(self.rng.u32(0..1_500));
        self.person_after("", lead_in, script)
    }

    fn behind_ringing(&mut self, script: Script) -> Answer {
        let (name, steps) = RINGING[self.rng.usize(..RINGING.len() - 1)];
        let ms = self.rng.u32(400..9_000);
        let mut lead_in = signal(&mut self.rng, steps, ms);
        lead_in.extend(silence_ms(self.rng.u32(150..900)));
        self.person_after(&format!("{ms} ms of {name}, then "), lead_in, script)
    }

    fn behind_music(&mut self, script: Script) -> Answer {
        let ms = self.rng.u32(2_000..9_000);
        let mut lead_in = silence_ms(200);
        lead_in.extend(music(&mut self.rng, tone::samples_of_ms(ms)));
        lead_in.extend(silence_ms(self.rng.u32(250..900)));
        self.person_after(&format!("{ms} ms of music, then "), lead_in, script)
    }

    fn person_after(&mut self, what: &str, mut sound: Vec<i16>, script: Script) -> Answer {
        let spoken = self.speak(script);
        let begins_ms = ms_of(&sound);
        sound.extend(&spoken.sound);
        let said_ms = ms_of(&sound);
        if self.rng.u8(..4) == 0 {
            sound.extend(silence_ms(self.rng.u32(1_500..3_000)));
            sound.extend(self.say(spoken.voice, self.cast.hellos[0], &spoken.scene));
        }
        sound.extend(silence_ms(6_000));
        self.surround(&spoken.scene, &mut sound);
        let name = format!("{what}{}", spoken.name);
        self.answer(Class::Human, name, sound, script, begins_ms..said_ms, &spoken.scene)
    }

    fn voicemail(&mut self, script: Script) -> Answer {
        let (spoken, mut sound, begins_ms) = self.recording(script);
        let said_ms = ms_of(&sound);
        let mut beep = None;
        let mut name = spoken.name;
        if self.rng.u8(..20) > 0 {
            sound.extend(silence_ms(self.rng.u32(50..1_800)));
            let start = ms_of(&sound);
            let (kind, tones) = beeps::draw(&mut self.rng);
            name = format!("{name} + {kind}");
            sound.extend(tones);
            beep = Some((start, ms_of(&sound)));
        }
        sound.extend(silence_ms(7_000));
        let answer =
            self.answer(Class::Voicemail, name, sound, script, begins_ms..said_ms, &spoken.scene);
        Answer { beep, ..answer }
    }

    fn screening(&mut self, script: Script) -> Answer {
        let (spoken, mut sound, begins_ms) = self.recording(script);
        let said_ms = ms_of(&sound);
        sound.extend(silence_ms(9_000));
        let when = begins_ms..said_ms;
        self.answer(Class::Screening, spoken.name, sound, script, when, &spoken.scene)
    }

    fn announcement(&mut self, script: Script) -> Answer {
        let (spoken, mut sound, begins_ms) = self.recording(script);
        let said_ms = ms_of(&sound);
        let kind = ["SIT first", "said three times", "busy tone after it"][self.rng.usize(..3)];
        let mut lead_ms = 0;
        match kind {
            "SIT first" => {
                let mut all = signal(&mut self.rng, signal_named("SIT"), 1_100);
                lead_ms = ms_of(&all);
                all.extend(sound);
                sound = all;
            }
            "said three times" => {
                let pause = silence_ms(self.rng.u32(600..1_600));
                let again = [pause, spoken.sound.clone()].concat();
                sound = [sound, again.clone(), again].concat();
            }
            _ => {
                sound.extend(silence_ms(self.rng.u32(300..1_500)));
                let busy = ["busy US", "busy DE", "reorder US", "congestion DE"];
                let steps = signal_named(busy[self.rng.usize(..4)]);
                sound.extend(signal(&mut self.rng, steps, 6_000));
            }
        }
        sound.extend(silence_ms(5_000));
        let name = format!("{kind}: {}", spoken.name);
        let when = begins_ms + lead_ms..said_ms + lead_ms;
        self.answer(Class::Announcement, name, sound, script, when, &spoken.scene)
    }

    fn fax(&mut self, script: Script) -> Answer {
        let name = ["fax calls", "fax answers"][self.rng.usize(..2)];
        let mut sound = silence_ms(self.rng.u32(0..1_500));
        sound.extend(signal(&mut self.rng, signal_named(name), 12_000));
        let scene = Scene::draw(&mut self.rng);
        self.answer(Class::Fax, name.to_owned(), sound, script, 0..0, &scene)
    }

    fn silence(&mut self, script: Script) -> Answer {
        let mut scene = Scene::draw(&mut self.rng);
        // The place is as quiet as it is when somebody speaks there.
        scene.snr_db = scene.snr_db.max(25);
        let mut sound = silence_ms(10_000);
        if !scene.has_people() {
            self.surround(&scene, &mut sound);
        }
        self.answer(Class::Silence, format!("{scene:?}"), sound, script, 0..0, &scene)
    }

    /// Returns a greeting that was recorded in its place, after the lead-in, and when it begins.
    fn recording(&mut self, script: Script) -> (Spoken, Vec<i16>, u32) {
        let mut spoken = self.speak(script);
        self.surround(&spoken.scene, &mut spoken.sound);
        let mut sound = silence_ms(self.rng.u32(0..1_500));
        let begins_ms = ms_of(&sound);
        sound.extend(&spoken.sound);
        (spoken, sound, begins_ms)
    }

    /// Speaks the script with one of the part's voices, at its own pace, in a place.
    fn speak(&mut self, (language, text): Script) -> Spoken {
        let voices = self.voices(language);
        let voice = voices[self.rng.usize(..voices.len())];
        let scene = Scene::draw(&mut self.rng);
        let sound = self.say(voice, (language, text), &scene);
        Spoken { name: format!("{text} | {voice:?} {scene:?}"), voice, sound, scene }
    }

    fn say(&mut self, voice: Voice, (_, text): Script, scene: &Scene) -> Vec<i16> {
        let pace = self.rng.f32().mul_add(0.4, 0.85);
        let voiced = voice.speak(&mut self.rng, text, pace);
        scene.speech(&mut self.rng, &voiced)
    }

    fn voices(&self, language: &str) -> &'static [Voice] {
        self.cast.voices.iter().find(|(of, _)| *of == language).unwrap().1
    }

    fn surround(&mut self, scene: &Scene, sound: &mut [i16]) {
        let voices = self.voices("en");
        scene.surround(&mut self.rng, voices, sound);
    }

    fn answer(
        &mut self,
        truth: Class,
        name: String,
        sound: Vec<i16>,
        (_, text): Script,
        when_ms: std::ops::Range<u32>,
        scene: &Scene,
    ) -> Answer {
        let sound = telephone(&mut self.rng, sound);
        let (begins_ms, said_ms, snr_db) = (when_ms.start, when_ms.end, scene.snr_db);
        Answer { name, truth, sound, begins_ms, text, said_ms, snr_db, beep: None }
    }
}

/// Returns digital silence.
pub fn silence_ms(ms: u32) -> Vec<i16> {
    vec![0; (ms * SAMPLE_RATE / 1_000) as usize]
}

fn ms_of(sound: &[i16]) -> u32 {
    (sound.len() as u64 * 1_000 / u64::from(SAMPLE_RATE)) as u32
}
