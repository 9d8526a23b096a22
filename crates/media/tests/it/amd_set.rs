//! Generated answers whose truth is known, spoken by espeak-ng: greetings of people and of
//! machines, questions of screening assistants, silence. Each has its own voice, pace, noise and
//! lead-in, and passes through the telephone band and G.711. The same seed gives the same set.

use std::process::Command;

use campanile_media::{FRAME_SAMPLES, SAMPLE_RATE, amd::Class, g711::Law, resample, tone};
use fastrand::Rng;

/// The two parts of the set. The detector was tuned on one, so only the other measures its quality.
/// They share no sentence and no voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Tune,
    Report,
}

/// An answered call, as the caller hears it.
pub struct Answer {
    /// Text, voice and pace, so that a mistake can be inspected.
    pub name: String,
    pub truth: Class,
    pub sound: Vec<i16>,
    /// The beginning and end of the beep, in milliseconds.
    pub beep: Option<(u32, u32)>,
}

struct Script {
    language: &'static str,
    text: &'static str,
}

struct Cast {
    human: &'static [Script],
    voicemail: &'static [Script],
    screening: &'static [Script],
    /// A language and its variants.
    voices: &'static [(&'static str, &'static [&'static str])],
}

const fn en(text: &'static str) -> Script {
    Script { language: "en", text }
}
const fn de(text: &'static str) -> Script {
    Script { language: "de", text }
}
const fn es(text: &'static str) -> Script {
    Script { language: "es", text }
}

const TUNE: Cast = Cast {
    human: &[
        en("Hello?"),
        en("Yes?"),
        en("Hi, this is Anna speaking."),
        en("Good morning, Miller and sons, how can I help you?"),
        en("Hello, who is this?"),
        en("Yeah, hello."),
        en("Speaking."),
        en("Hi there, what's up?"),
        en("Johnson residence."),
        en("Front desk, good evening."),
        de("Hallo?"),
        de("Müller, guten Tag."),
        es("¿Diga?"),
        es("Sí, dígame, ¿quién es?"),
    ],
    voicemail: &[
        en("Hi, you've reached Anna. I can't come to the phone right now. Please leave a message \
            after the tone."),
        en("The person you are trying to reach is not available. At the tone, please record your \
            message."),
        en(
            "Hello. This is the voice mail of Miller and sons. Our office is closed at the moment. \
            Please leave your name and number.",
        ),
        en("Your call has been forwarded to an automatic voice message system. Please leave a \
            message after the beep."),
        en("Hey, it's Mike, I'm not here, you know what to do."),
        en("You have reached four one five, five five five, zero one zero zero. Nobody is \
            available to take your call."),
        de("Guten Tag, Sie haben den Anschluss von Familie Müller erreicht. Wir sind zur Zeit \
            nicht da. Bitte hinterlassen Sie eine Nachricht nach dem Signalton."),
        es(
            "Hola, en este momento no puedo atender su llamada. Por favor, deje su mensaje después \
            de la señal.",
        ),
    ],
    screening: &[
        en("Please state your name and why you are calling, and I will see if this person is \
            available."),
        en("The person you are calling uses a screening service. Please say your name."),
    ],
    voices: &[
        ("en", &["en-us", "en-gb+m3", "en-us+f2", "en-us+m7", "en-gb+f3"]),
        ("de", &["de", "de+f3"]),
        ("es", &["es+m2", "es+f2"]),
    ],
};

const REPORT: Cast = Cast {
    human: &[
        en("Hello."),
        en("Hey."),
        en("Yes, who's calling please?"),
        en("This is Robert."),
        en("Hello, Peter here."),
        en("Good afternoon, Lakeside Dental, Karen speaking."),
        en("Hello? Hello?"),
        en("Hi, it's Susan, how are you?"),
        en("Mm, yeah?"),
        en("Thank you for calling Green Garden, this is Tom, how may I help you?"),
        en("Accounting, Linda."),
        de("Ja, bitte?"),
        de("Schmidt und Partner, mein Name ist Weber, guten Morgen."),
        es("¿Hola?"),
    ],
    voicemail: &[
        en("Hi, this is Robert Jones. Sorry I missed your call. Leave your name and number and \
            I'll get back to you as soon as I can."),
        en("You've reached the desk of Karen Smith. I am either on another line or away. Please \
            leave a detailed message. Thank you."),
        en("The number you have dialed cannot take your call right now. Please try again later, \
            or leave a message at the tone."),
        en(
            "Hello, you have reached Lakeside Dental. Our office hours are Monday to Friday, eight \
            to five. If this is an emergency, please hang up and call the hospital. Otherwise \
            leave a message.",
        ),
        en("We're sorry, nobody can come to the phone. Please record after the beep."),
        en("Yo, this is Dave. Leave it at the beep."),
        de("Der gewünschte Gesprächspartner ist zur Zeit nicht erreichbar. Bitte sprechen Sie \
            nach dem Ton."),
        es("El teléfono al que llama está apagado o fuera de cobertura. Deje su mensaje después \
            de oír la señal."),
    ],
    screening: &[
        en("Hi, if you record your name and reason for calling, I will see if this person can \
            talk."),
        en("Before I connect you, may I ask who is calling and what it is about?"),
    ],
    voices: &[
        (
            "en",
            &["en-us+f4", "en-gb-x-rp", "en-us+m1", "en-gb+f5", "en-us+m4", "en-gb-scotland+f1"],
        ),
        ("de", &["de+m4", "de+f4"]),
        ("es", &["es+m6", "es-419+f4"]),
    ],
};

const VARIANTS_OF_A_TEXT: usize = 8;
const SILENT_CALLS: usize = 24;
const BEEPS_HZ: [f32; 10] =
    [425.0, 480.0, 620.0, 800.0, 850.0, 1000.0, 1050.0, 1100.0, 1400.0, 2000.0];

/// Returns every answer of a part.
pub fn answers(part: Part) -> Vec<Answer> {
    let (cast, seed) = match part {
        Part::Tune => (&TUNE, 1),
        Part::Report => (&REPORT, 2),
    };
    let mut maker = Maker { rng: Rng::with_seed(seed), cast };
    let mut answers = Vec::new();
    for _ in 0..VARIANTS_OF_A_TEXT {
        answers.extend(cast.human.iter().map(|script| maker.human(script)));
        answers.extend(cast.voicemail.iter().map(|script| maker.voicemail(script)));
        answers.extend(cast.screening.iter().map(|script| maker.screening(script)));
    }
    answers.extend((0..SILENT_CALLS).map(|_| maker.silence()));
    answers
}

struct Maker {
    rng: Rng,
    cast: &'static Cast,
}

impl Maker {
    fn human(&mut self, script: &Script) -> Answer {
        let mut sound = self.lead_in();
        let (name, speech) = self.voice(script);
        sound.extend(&speech);
        if self.rng.u8(..4) == 0 {
            sound.extend(silence_ms(self.rng.u32(1_500..3_000)));
            sound.extend(speech);
        }
        sound.extend(silence_ms(6_000));
        Answer { name, truth: Class::Human, sound: self.line(sound), beep: None }
    }

    fn voicemail(&mut self, script: &Script) -> Answer {
        let mut sound = self.lead_in();
        let (name, speech) = self.voice(script);
        sound.extend(speech);
        let mut beep = None;
        if self.rng.u8(..10) > 0 {
            sound.extend(silence_ms(self.rng.u32(50..1_800)));
            let hz = BEEPS_HZ[self.rng.usize(..BEEPS_HZ.len())];
            let ms = self.rng.u32(150..1_000).max(if hz < 700.0 { 250 } else { 150 });
            let level = -12.0 - self.rng.f32() * 12.0;
            let start = ms_of(&sound);
            sound.extend(tone::beep(hz, ms, level));
            beep = Some((start, ms_of(&sound)));
        }
        sound.extend(silence_ms(6_000));
        Answer { name, truth: Class::Voicemail, sound: self.line(sound), beep }
    }

    fn screening(&mut self, script: &Script) -> Answer {
        let mut sound = self.lead_in();
        let (name, speech) = self.voice(script);
        sound.extend(speech);
        sound.extend(silence_ms(6_000));
        Answer { name, truth: Class::Screening, sound: self.line(sound), beep: None }
    }

    fn silence(&mut self) -> Answer {
        let sound = self.line(silence_ms(10_000));
        Answer { name: "silence".to_owned(), truth: Class::Silence, sound, beep: None }
    }

    fn lead_in(&mut self) -> Vec<i16> {
        silence_ms(self.rng.u32(0..1_500))
    }

    /// Speaks the script with one of the part's voices, at its own pace and loudness.
    fn voice(&mut self, script: &Script) -> (String, Vec<i16>) {
        let (_, voices) =
            self.cast.voices.iter().find(|(language, _)| *language == script.language).unwrap();
        let voice = voices[self.rng.usize(..voices.len())];
        let words_per_minute = self.rng.u32(130..=200);
        let speech = espeak(script.text, voice, words_per_minute);
        let wanted = -17.0 - self.rng.f32() * 12.0;
        let gain = 10f32.powf((wanted - tone::level_dbfs(&speech)) / 20.0);
        let speech = speech.iter().map(|&s| (f32::from(s) * gain) as i16).collect();
        (format!("{voice} {words_per_minute}: {}", script.text), speech)
    }

    /// Adds the noise of a place, the telephone band, G.711, and sometimes a bad network.
    fn line(&mut self, mut sound: Vec<i16>) -> Vec<i16> {
        let mut noise = vec![0; sound.len()];
        match self.rng.u8(..5) {
            0 => tone::Noise::new(self.rng.u64(..), -70.0).fill(&mut noise),
            1 => tone::Noise::new(self.rng.u64(..), -56.0).fill(&mut noise),
            2 => tone::Noise::new(self.rng.u64(..), -44.0).fill(&mut noise),
            3 => street(&mut self.rng, &mut noise),
            _ => tone::Tone::dual(100.0, 250.0, -50.0).fill(&mut noise),
        }
        tone::mix(&mut sound, &noise);
        band(&mut sound);
        let mut sound: Vec<i16> =
            sound.iter().map(|&sample| Law::Mu.decode(Law::Mu.encode(sample))).collect();
        if self.rng.u8(..4) == 0 {
            sound.chunks_mut(FRAME_SAMPLES).for_each(|frame| self.maybe_lose(frame));
        }
        sound
    }

    /// Loses three packets of a hundred.
    fn maybe_lose(&mut self, frame: &mut [i16]) {
        if self.rng.u8(..100) < 3 {
            frame.fill(0);
        }
    }
}

/// Returns low noise that swells and fades, about 42 dB below full scale.
fn street(rng: &mut Rng, out: &mut [i16]) {
    tone::Noise::new(rng.u64(..), -30.0).fill(out);
    let mut low = 0.0;
    for (n, sample) in out.iter_mut().enumerate() {
        low += (f32::from(*sample) - low) * 0.15;
        let swell = 1.0 + 0.5 * (n as f32 / SAMPLE_RATE as f32 * 1.9).sin();
        *sample = (low * swell) as i16;
    }
}

/// Applies the telephone band: a first-order slope below 300 Hz.
fn band(sound: &mut [i16]) {
    let (mut before, mut out) = (0.0, 0.0);
    for sample in sound {
        let now = f32::from(*sample);
        out = 0.81 * (out + now - before);
        before = now;
        *sample = out as i16;
    }
}

/// Returns digital silence.
pub fn silence_ms(ms: u32) -> Vec<i16> {
    vec![0; (ms * SAMPLE_RATE / 1_000) as usize]
}

fn ms_of(sound: &[i16]) -> u32 {
    (sound.len() as u64 * 1_000 / u64::from(SAMPLE_RATE)) as u32
}

/// Returns the speech of espeak-ng at 8 kHz.
pub fn espeak(text: &str, voice: &str, words_per_minute: u32) -> Vec<i16> {
    let output = Command::new("espeak-ng")
        .args(["-v", voice, "-s", &words_per_minute.to_string(), "--stdout", text])
        .output()
        .expect("this test needs espeak-ng: apt-get install espeak-ng");
    let wav = output.stdout;
    assert!(wav.len() > 44, "espeak-ng has no voice {voice:?}");
    let rate = u32::from_le_bytes(wav[24..28].try_into().unwrap());
    let samples: Vec<f32> = wav[44..]
        .chunks_exact(2)
        .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
        .collect();
    resample::to_8k(&samples, rate)
}
