//! DTMF digits as tones within the sound (ITU-T Q.23), for far ends that send no telephone events.
//!
//! A press is two steady tones and nothing else. Each block of 10 ms is held against the eight
//! frequencies; how their phases turn from block to block tells the true frequency of a tone more
//! exactly than its power does. Limits follow ITU-T Q.24: 1.5 % off pitch is a digit and 3.5 % is
//! none, the high tone is 8 dB weaker to 4 dB stronger than the low one, 40 ms of tone are a press
//! and 20 ms are none, 40 ms of pause part two presses and a gap of 10 ms does not.

use std::{f32::consts::TAU, sync::LazyLock};

use crate::{FRAME_SAMPLES, Frame, SAMPLE_RATE, tone};

/// Rows and columns of the keypad.
const LOW_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const KEYS: [&[u8; 4]; 4] = [b"123A", b"456B", b"789C", b"*0#D"];

/// A block begins every 5 ms and is 10 ms long.
const HOP: usize = 40;
const BLOCK: usize = 2 * HOP;

/// A tone is off pitch by no more than this share of its frequency: in one block, and over a press.
const OFF_PITCH_BLOCK: f32 = 0.032;
const OFF_PITCH: f32 = 0.025;

/// The weaker tone of a press in dB below full scale: about -34 dBm0.
const FAINTEST_DBFS: f32 = -37.0;

/// High tone to low tone in dB, with room for noise and for a line's slope.
const TWIST_DB: std::ops::RangeInclusive<f32> = -10.0..=6.0;

/// The share of the sound that is the two tones: in one block, over a press, and over a short press.
/// A voice has more than two.
const SHARE_BLOCK: f32 = 0.6;
const SHARE: f32 = 0.8;
const SHARE_SHORT: f32 = 0.92;

/// How alike the turns of a tone's phase are from block to block; those of a voice glide.
const STEADY: f32 = 0.993;

/// A block whose phases turned so much more or less than those before, in radians, is none of the
/// press: there is a jump in it.
const JUMP: f32 = 0.5;

/// A block of a press is no more than so many dB fainter than its loudest; at its edges it is.
const EVEN_DB: f32 = 3.0;

/// The second harmonic of the high tone in dB below it: a voice has harmonics.
const HARMONIC_DB: f32 = -12.0;

/// Blocks that make a press, blocks of something else that end it, and how many of those a press
/// may have before it counts (a lost packet).
const PRESS: u32 = 6;
const RELEASE: u32 = 6;
const STUMBLE: u32 = 3;

/// Blocks that make a press in the middle of other sound: a vowel may be two steady tones for a
/// moment, and nobody presses a key for so short a time while speaking.
const PRESS_IN_SOUND: u32 = 14;

/// Other sound is what is not so many dB below the press, and how much of it is forgotten in a hop.
const SOUND_DB: f32 = -14.0;
const FORGET: f32 = 0.6;

/// The blocks just before a press hold its beginning already.
const ONSET: usize = 3;

/// What a frequency is held against.
struct Bin {
    hz: f32,
    /// Cosine and sine under the window.
    wave: [[f32; BLOCK]; 2],
    /// How far the phase turns in a hop.
    turn: Phasor,
}

struct Bins {
    /// Four rows, four columns, and the second harmonics of the columns.
    bins: Vec<Bin>,
    window: [f32; BLOCK],
    /// A sine of power 1 has this squared magnitude, and this energy under the window.
    magnitude: f32,
    energy: f32,
}

static BINS: LazyLock<Bins> = LazyLock::new(|| {
    let window: [f32; BLOCK] =
        std::array::from_fn(|n| 0.5 - 0.5 * (TAU * (n as f32 + 0.5) / BLOCK as f32).cos());
    let bin = |hz: f32| {
        let step = TAU * hz / SAMPLE_RATE as f32;
        let cos = std::array::from_fn(|n| window[n] * (step * n as f32).cos());
        let sin = std::array::from_fn(|n| window[n] * (step * n as f32).sin());
        Bin { hz, wave: [cos, sin], turn: Phasor::turned(step * HOP as f32) }
    };
    let harmonics = HIGH_HZ.map(|hz| 2.0 * hz);
    let sum: f32 = window.iter().sum();
    Bins {
        bins: LOW_HZ.into_iter().chain(HIGH_HZ).chain(harmonics).map(bin).collect(),
        window,
        magnitude: sum * sum / 2.0,
        energy: window.iter().map(|w| w * w).sum(),
    }
});

/// A complex number.
#[derive(Debug, Clone, Copy, Default)]
struct Phasor {
    re: f32,
    im: f32,
}

impl Phasor {
    fn turned(angle: f32) -> Phasor {
        Phasor { re: angle.cos(), im: angle.sin() }
    }

    fn angle(self) -> f32 {
        self.im.atan2(self.re)
    }

    fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }

    /// The product with the conjugate of `other`: the angle from `other` to this.
    fn since(self, other: Phasor) -> Phasor {
        Phasor {
            re: self.re * other.re + self.im * other.im,
            im: self.im * other.re - self.re * other.im,
        }
    }

    fn add(&mut self, other: Phasor) {
        self.re += other.re;
        self.im += other.im;
    }

    /// How far a tone of nominally `hz` is off, as a share of it, when this is how much more its
    /// phase turned in a hop.
    fn off_pitch(self, hz: f32) -> f32 {
        self.angle() * SAMPLE_RATE as f32 / (TAU * HOP as f32 * hz)
    }
}

impl Bin {
    fn measure(&self, block: &[f32; BLOCK]) -> Phasor {
        let sum = |wave: &[f32; BLOCK]| wave.iter().zip(block).map(|(w, s)| w * s).sum::<f32>();
        Phasor { re: sum(&self.wave[0]), im: -sum(&self.wave[1]) }
    }
}

/// A block that may belong to a press.
#[derive(Debug, Clone, Copy)]
struct Hit {
    key: (usize, usize),
    tones: f32,
    all: f32,
    /// How much more the phases of both tones turned than they should.
    drift: [Phasor; 2],
}

/// A press in the making.
#[derive(Debug, Clone, Copy)]
struct Run {
    key: (usize, usize),
    hits: u32,
    misses: u32,
    tones: f32,
    all: f32,
    drift: [Phasor; 2],
    /// What the phases turned in all, whichever way.
    turned: [f32; 2],
    /// Power of the loudest block.
    loudest: f32,
    /// Power of the sound before.
    context: f32,
}

impl Run {
    /// How the first block's phases turned says little: the block before lies on the edge.
    fn begin(hit: Hit, context: f32) -> Run {
        let Hit { key, tones, all, .. } = hit;
        let (drift, turned) = ([Phasor::default(); 2], [0.0; 2]);
        Run { key, hits: 1, misses: 0, tones, all, drift, turned, loudest: tones, context }
    }

    fn fits(&self, hit: Hit) -> bool {
        let mut tones = self.drift.iter().zip(hit.drift);
        self.key == hit.key && tones.all(|(sum, drift)| drift.since(*sum).angle().abs() <= JUMP)
    }

    fn go_on(&mut self, hit: Hit) {
        self.hits += 1;
        self.misses = 0;
        self.tones += hit.tones;
        self.all += hit.all;
        for (tone, more) in hit.drift.into_iter().enumerate() {
            self.drift[tone].add(more);
            self.turned[tone] += more.power().sqrt();
        }
        self.loudest = self.loudest.max(hit.tones);
    }

    fn is_press(&self) -> bool {
        let mean = self.tones / self.hits as f32;
        let alone = self.context <= mean * ratio(SOUND_DB) && self.tones >= SHARE_SHORT * self.all;
        let pitches = [LOW_HZ[self.key.0], HIGH_HZ[self.key.1]];
        let is_tone = |tone: usize| {
            let drift = self.drift[tone];
            drift.off_pitch(pitches[tone]).abs() <= OFF_PITCH
                && drift.power().sqrt() >= STEADY * self.turned[tone]
        };
        self.hits >= if alone { PRESS } else { PRESS_IN_SOUND }
            && self.tones >= SHARE * self.all
            && is_tone(0)
            && is_tone(1)
    }
}

/// How much more power a tone has than a block measures of it that is off by so many hertz: what
/// the window's main lobe lacks there.
fn missing(off_hz: f32) -> f32 {
    let off = off_hz * BLOCK as f32 / SAMPLE_RATE as f32;
    let angle = std::f32::consts::PI * off;
    let sinc = if angle.abs() < 1e-3 { 1.0 } else { angle.sin() / angle };
    ((1.0 - off * off) / sinc).powi(2)
}

/// A ratio of powers.
fn ratio(db: f32) -> f32 {
    10f32.powf(db / 10.0)
}

/// Hears the digits in a sound, each once.
#[derive(Debug)]
pub struct InbandReceiver {
    block: [f32; BLOCK],
    /// What the tones measured in the block before; none after silence.
    before: Option<[Phasor; 8]>,
    run: Option<Run>,
    /// The key that is down, and blocks of something else since.
    down: Option<((usize, usize), u32)>,
    /// Power of the latest blocks, and of the sound before them that was no press.
    latest: [f32; ONSET],
    context: f32,
}

impl Default for InbandReceiver {
    fn default() -> Self {
        Self::new()
    }
}

impl InbandReceiver {
    /// A receiver that has heard nothing.
    pub fn new() -> Self {
        InbandReceiver {
            block: [0.0; BLOCK],
            before: None,
            run: None,
            down: None,
            latest: [0.0; ONSET],
            context: 0.0,
        }
    }

    /// Takes the next 20 ms. A press gives its digit once, some 35 ms after it began.
    pub fn push(&mut self, frame: &Frame) -> Option<char> {
        let mut digit = None;
        for hop in 0..FRAME_SAMPLES / HOP {
            self.block.copy_within(HOP.., 0);
            let news = &frame[hop * HOP..][..HOP];
            for (slot, &sample) in self.block[HOP..].iter_mut().zip(news) {
                *slot = f32::from(sample);
            }
            let hit = self.examine();
            digit = digit.or(self.follow(hit));
        }
        digit
    }

    /// The digit that is heard just now.
    pub fn held(&self) -> Option<char> {
        self.down.map(|(key, _)| digit_at(key))
    }

    fn examine(&mut self) -> Option<Hit> {
        let Bins { bins, window, magnitude, energy } = &*BINS;
        let windowed = self.block.iter().zip(window).map(|(s, w)| (s * w) * (s * w));
        let all = windowed.sum::<f32>() / energy;
        self.remember(all);
        let faintest = tone::amplitude(FAINTEST_DBFS).powi(2) / 2.0;
        if all < faintest {
            self.before = None;
            return None;
        }
        let now: [Phasor; 8] = std::array::from_fn(|at| bins[at].measure(&self.block));
        let before = self.before.replace(now)?;
        let loudest = |from: usize| {
            (from..from + 4).max_by(|&a, &b| now[a].power().total_cmp(&now[b].power()))
        };
        let (low, high) = (loudest(0)?, loudest(4)?);
        let power = |at: usize| now[at].power() / magnitude;
        let (row, column) = (power(low), power(high));
        let twist = 10.0 * (column / row).log10();
        if row.min(column) < faintest
            || !TWIST_DB.contains(&twist)
            || row + column < SHARE_BLOCK * all
        {
            return None;
        }
        let drift = [low, high].map(|at| now[at].since(before[at]).since(bins[at].turn));
        let off = [drift[0].off_pitch(bins[low].hz), drift[1].off_pitch(bins[high].hz)];
        if off.iter().any(|off| off.abs() > OFF_PITCH_BLOCK) {
            return None;
        }
        let harmonic = bins[high + 4].measure(&self.block).power() / magnitude;
        if harmonic > column * ratio(HARMONIC_DB) {
            return None;
        }
        let tones = row * missing(off[0] * bins[low].hz) + column * missing(off[1] * bins[high].hz);
        Some(Hit { key: (low, high - 4), tones, all, drift })
    }

    /// Keeps how loud it was some blocks ago. A press is no other sound to the next.
    fn remember(&mut self, power: f32) {
        if self.down.is_some() {
            (self.latest, self.context) = ([0.0; ONSET], 0.0);
            return;
        }
        self.context = self.latest[0].max(self.context * FORGET);
        self.latest.rotate_left(1);
        self.latest[ONSET - 1] = power;
    }

    /// Follows presses from block to block.
    fn follow(&mut self, hit: Option<Hit>) -> Option<char> {
        if let Some((key, misses)) = &mut self.down {
            *misses = if hit.is_some_and(|hit| hit.key == *key) { 0 } else { *misses + 1 };
            self.down = self.down.filter(|(_, misses)| *misses < RELEASE);
        }
        let even = ratio(EVEN_DB);
        match (&mut self.run, hit) {
            (Some(run), Some(hit)) if run.key == hit.key && hit.tones > run.loudest * even => {
                *run = Run::begin(hit, run.context);
            }
            (Some(run), Some(hit)) if run.fits(hit) && hit.tones * even >= run.loudest => {
                run.go_on(hit);
            }
            (run, Some(hit)) if run.is_none_or(|run| run.key != hit.key) => {
                *run = Some(Run::begin(hit, self.context));
            }
            (Some(run), _) => {
                run.misses += 1;
                self.run = self.run.filter(|run| run.misses <= STUMBLE);
            }
            (None, _) => {}
        }
        let key = self.run.filter(Run::is_press)?.key;
        let held = self.down.is_some_and(|(down, _)| down == key);
        self.down = Some((key, 0));
        self.run = None;
        (!held).then(|| digit_at(key))
    }
}

fn digit_at((row, column): (usize, usize)) -> char {
    char::from(KEYS[row][column])
}
