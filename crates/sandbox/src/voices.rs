//! The speech of the sandbox's people and mailboxes, encoded once for all calls.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use campanile_media::g711::Law;
use campanile_media::tone::{beep, level_dbfs};
use campanile_media::{FRAME_SAMPLES, wav};

use crate::answers::SENTENCES;
use crate::speech::babble;

/// Voice, speed in words per minute and pitch for espeak-ng.
const SPEAKERS: [(&str, &str, &str); 4] = [
    ("en-us", "165", "45"),
    ("en-gb", "155", "60"),
    ("en-us+f3", "170", "55"),
    ("en-gb-scotland", "160", "40"),
];

const HELLOS: [&str; 4] = ["Hello?", "Hello, who is this?", "Yes, hello?", "Hi, speaking."];
const REPLIES: [&str; 4] =
    ["Yes, that is right.", "Okay, that works for me.", "Yes please.", "Sure, thank you."];
const GOODBYES: [&str; 4] = ["Okay, goodbye.", "Thanks, bye bye.", "Alright, bye.", "Goodbye."];
const GREETINGS: [&str; 4] = [
    "Hi, you have reached Alex Morgan. I cannot take your call right now. Please leave a message after the tone.",
    "You have reached the voicemail of Jordan Lee. Please leave your name and number after the beep.",
    "Hello, we are not at home at the moment. Please leave us a message after the tone, and we will call you back.",
    "The person you are calling is not available. At the tone, please record your message.",
];

/// The shortest and the longest greeting, in seconds.
const GREETING_S: (f32, f32) = (4.0, 8.0);
/// The level that all speech is adjusted to.
const LEVEL_DBFS: f32 = -20.0;
/// The longest clip.
const MAX_CLIP_S: u32 = 20;

/// A sound as whole frames, encoded in both laws.
#[derive(Debug, Clone)]
pub struct Clip {
    mu: Arc<[u8]>,
    a: Arc<[u8]>,
}

impl Clip {
    fn new(samples: &[i16]) -> Clip {
        let mut whole = samples.to_vec();
        whole.resize(samples.len().next_multiple_of(FRAME_SAMPLES), 0);
        let encoded = |law: Law| whole.iter().map(|&sample| law.encode(sample)).collect();
        Clip { mu: encoded(Law::Mu), a: encoded(Law::A) }
    }

    /// Returns the payload of a frame; `None` after the last frame.
    pub fn frame(&self, law: Law, number: usize) -> Option<&[u8]> {
        let bytes = match law {
            Law::Mu => &self.mu,
            Law::A => &self.a,
        };
        bytes.chunks_exact(FRAME_SAMPLES).nth(number)
    }

    /// Returns the number of frames.
    pub fn frames(&self) -> usize {
        self.mu.len() / FRAME_SAMPLES
    }
}

/// Every clip that can be played.
#[derive(Debug)]
pub struct Voices {
    /// What a person says after picking up.
    pub hellos: Vec<Clip>,
    /// What a person says in reply.
    pub replies: Vec<Clip>,
    /// What a person says before hanging up.
    pub goodbyes: Vec<Clip>,
    /// What a mailbox says before its beep, 4–8 s.
    pub greetings: Vec<Clip>,
    /// The sentences of people who answer questions, in the order of [`SENTENCES`].
    pub sentences: Vec<Clip>,
    /// Beeps of 1 kHz, 0.4–0.6 s.
    pub beeps: Vec<Clip>,
}

impl Voices {
    /// Returns the voices of this process: spoken by `espeak-ng` if it is installed, else babble.
    /// The first call takes about one second.
    pub fn get() -> Arc<Voices> {
        static VOICES: OnceLock<Arc<Voices>> = OnceLock::new();
        VOICES.get_or_init(|| Arc::new(Voices::make(speak_all))).clone()
    }

    /// Returns what people say, each with its words.
    pub fn sentences_of_people(&self) -> impl Iterator<Item = (&'static str, &Clip)> {
        let texts = [HELLOS, REPLIES, GOODBYES, SENTENCES.map(|(_, text)| text)].concat();
        let clips = [&self.hellos, &self.replies, &self.goodbyes, &self.sentences];
        texts.into_iter().zip(clips.into_iter().flatten())
    }

    fn make(speak: impl FnOnce(&[String]) -> Vec<Option<Vec<i16>>>) -> Voices {
        let texts: Vec<String> =
            [HELLOS, REPLIES, GOODBYES, GREETINGS, SENTENCES.map(|(_, text)| text)]
                .concat()
                .into_iter()
                .map(str::to_owned)
                .collect();
        let mut spoken = speak(&texts).into_iter().enumerate().map(|(at, sound)| {
            let (least_s, most_s, fallback_ms) = match at / SPEAKERS.len() {
                0 => (0.2, 2.5, 700 + 150 * (at as u32 % 4)),
                3 => (GREETING_S.0, GREETING_S.1, 4_500 + 900 * (at as u32 % 4)),
                _ => (0.3, 4.0, 1_100),
            };
            let fits = |sound: &Vec<i16>| {
                (least_s * 8_000.0..=most_s * 8_000.0).contains(&(sound.len() as f32))
            };
            let sound = sound.map(levelled).filter(fits);
            Clip::new(&sound.unwrap_or_else(|| levelled(babble(at as u64, fallback_ms))))
        });
        let mut four = || spoken.by_ref().take(SPEAKERS.len()).collect::<Vec<_>>();
        Voices {
            hellos: four(),
            replies: four(),
            goodbyes: four(),
            greetings: four(),
            sentences: four(),
            beeps: [400, 500, 600].map(|ms| Clip::new(&beep(1_000.0, ms, -12.0))).to_vec(),
        }
    }
}

/// Adjusts speech to one level and cuts the silence around it.
fn levelled(sound: Vec<i16>) -> Vec<i16> {
    let loud = |frame: &[i16]| level_dbfs(frame) > -50.0;
    let frames: Vec<&[i16]> = sound.chunks(FRAME_SAMPLES).collect();
    let first = frames.iter().position(|frame| loud(frame)).unwrap_or(0);
    let last = frames.iter().rposition(|frame| loud(frame)).map_or(frames.len(), |at| at + 1);
    let core = frames[first..last].concat();
    let gain = 10f32.powf((LEVEL_DBFS - level_dbfs(&core)) / 20.0);
    core.iter().map(|&s| (f32::from(s) * gain).clamp(-32_000.0, 32_000.0) as i16).collect()
}

/// Speaks all texts at the same time, each by the next speaker.
fn speak_all(texts: &[String]) -> Vec<Option<Vec<i16>>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| scope.spawn(move || speak(at, text)))
            .collect();
        threads.into_iter().map(|thread| thread.join().ok().flatten()).collect()
    })
}

fn speak(at: usize, text: &str) -> Option<Vec<i16>> {
    let (voice, speed, pitch) = SPEAKERS[at % SPEAKERS.len()];
    let output = Command::new("espeak-ng")
        .args(["-v", voice, "-s", speed, "-p", pitch, "--stdout", text])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    wav_of_stream(output.stdout)
}

/// Reads a WAV that was written to a pipe, whose header could not be completed.
fn wav_of_stream(mut bytes: Vec<u8>) -> Option<Vec<i16>> {
    let data = bytes.windows(4).position(|window| window == b"data")?;
    let length = u32::try_from(bytes.len().checked_sub(data + 8)?).ok()?;
    bytes[data + 4..data + 8].copy_from_slice(&length.to_le_bytes());
    wav::read_from(&bytes[..], MAX_CLIP_S).ok()
}

/// Returns the file name of a recording: the Call-ID in characters that every file system takes.
pub fn file_name(call_id: &str, again: u32) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let stem: String = call_id.chars().take(100).map(plain).collect();
    let stem = stem.trim_start_matches('.');
    if again == 0 { format!("{stem}.wav") } else { format!("{stem}-{again}.wav") }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(voices: &Voices) {
        for greeting in &voices.greetings {
            let seconds = greeting.frames() as f32 / 50.0;
            assert!((4.0..=8.02).contains(&seconds), "a greeting of {seconds} s");
        }
        for hello in &voices.hellos {
            assert!((10..=125).contains(&hello.frames()), "a hello of {} frames", hello.frames());
        }
        for beep in &voices.beeps {
            assert!((20..=30).contains(&beep.frames()));
        }
        let all = [&voices.hellos, &voices.replies, &voices.goodbyes, &voices.greetings];
        assert!(all.iter().all(|clips| clips.len() == 4));
    }

    #[test]
    fn the_built_in_voices_need_no_program() {
        check(&Voices::make(|texts| vec![None; texts.len()]));
    }

    #[test]
    fn the_voices_of_this_machine_keep_the_lengths() {
        check(&Voices::get());
    }

    #[test]
    fn a_clip_is_whole_frames_in_both_laws() {
        let clip = Clip::new(&[1_000; 161]);
        assert_eq!(clip.frames(), 2);
        for law in [Law::Mu, Law::A] {
            assert_eq!(clip.frame(law, 0).unwrap(), [law.encode(1_000); 160]);
            assert_eq!(clip.frame(law, 1).unwrap()[1..], [law.silence(); 159]);
            assert_eq!(clip.frame(law, 2), None);
        }
    }

    #[test]
    fn a_recording_is_named_after_its_call() {
        assert_eq!(file_name("a/../b@h:1", 0), PathBuf::from("a_.._b_h_1.wav"));
        assert_eq!(file_name("..x", 2), PathBuf::from("x-2.wav"));
        assert!(file_name(&"x".repeat(999), 0).as_os_str().len() < 120);
    }
}
