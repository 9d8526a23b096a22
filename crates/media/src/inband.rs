//! Detects DTMF digits as tones in the sound (ITU-T Q.23), for far ends that send no telephone
//! events.
//!
//! A press is two steady tones and nothing else. Each block of 10 ms is correlated with the eight
//! frequencies. The phase change from block to block gives a tone's true frequency more exactly
//! than its power does. The limits follow ITU-T Q.24: a tone 1.5 % off pitch belongs to a digit and
//! one 3.5 % off does not; the high tone is between 8 dB weaker and 4 dB stronger than the low one;
//! 40 ms of tone are a press and 20 ms are not; a pause of 40 ms separates two presses and a gap of
//! 10 ms does not.

use std::{f32::consts::TAU, sync::LazyLock};

use crate::{FRAME_SAMPLES, Frame, SAMPLE_RATE, tone};

/// The rows and columns of the keypad.
const LOW_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const KEYS: [&[u8; 4]; 4] = [b"123A", b"456B", b"789C", b"*0#D"];

/// A block starts every 5 ms and is 10 ms long.
const HOP: usize = 40;
const BLOCK: usize = 2 * HOP;

/// The largest pitch error of a tone, as a share of its frequency: in one block, and over a press.
const OFF_PITCH_BLOCK: f32 = 0.032;
const OFF_PITCH: f32 = 0.025;

/// The largest difference between the pitch errors of the two tones, over a press. A note with its own
/// overtones has two tones at a ratio of whole numbers (2:1, 3:2, 5:3, 4:3), and the keypad's pitches
/// were chosen to be far from all of these.
const OFF_RATIO: f32 = 0.034;

/// The lowest level of the weaker tone, in dB below full scale: about -34 dBm0.
const FAINTEST_DBFS: f32 = -37.0;

/// High tone relative to low tone in dB, with a margin for noise and the slope of a line.
const TWIST_DB: std::ops::RangeInclusive<f32> = -10.0..=6.0;

/// The least share of the two tones in all sound: in one block, over a press, and over a short
/// press. A voice has more than two tones.
const SHARE_BLOCK: f32 = 0.6;
const SHARE: f32 = 0.8;
const SHARE_SHORT: f32 = 0.92;

/// The least similarity of a tone's phase changes from block to block; a voice glides.
const STEADY: f32 = 0.993;

/// A block whose phase change differs from the earlier ones by more than this, in radians, does not
/// belong to the press, because it contains a jump.
const JUMP: f32 = 0.5;

/// A block of a press is at most this many dB below its loudest block, except at the edges.
const EVEN_DB: f32 = 3.0;

/// The highest level of the high tone's second harmonic, in dB relative to the tone: a voice has
/// harmonics.
const HARMONIC_DB: f32 = -12.0;

/// Blocks that make a press, other blocks that end it, and other blocks (a lost packet) that are
/// tolerated before a press counts.
const PRESS: u32 = 6;
const RELEASE: u32 = 6;
const STUMBLE: u32 = 3;

/// Blocks that make a press amid other sound. A vowel may be two steady tones for a moment, and
/// people do not press a key that briefly while they speak.
const PRESS_IN_SOUND: u32 = 14;

/// The level in dB relative to a press above which other sound counts, and the share of it that
/// remains after each hop.
const SOUND_DB: f32 = -14.0;
const FORGET: f32 = 0.6;

/// This many blocks just before a press already contain its beginning.
const ONSET: usize = 3;

/// One frequency to correlate with.
struct Bin {
    hz: f32,
    /// Cosine and sine, multiplied by the window.
    wave: [[f32; BLOCK]; 2],
    /// The phase change in one hop.
    turn: Phasor,
}

struct Bins {
    /// Four rows, four columns, and the second harmonics of the columns.
    bins: Vec<Bin>,
    window: [f32; BLOCK],
    /// The squared magnitude of a sine of power 1, and its energy under the window.
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

    /// Returns the product with the conjugate of `other`: the angle from `other` to this phasor.
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

    /// Returns the pitch error of a tone of nominally `hz`, as a share of `hz`, if this phasor is
    /// its extra phase change in one hop.
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
    /// The extra phase change of both tones.
    drift: [Phasor; 2],
}

/// A possible press, block by block.
#[derive(Debug, Clone, Copy)]
struct Run {
    key: (usize, usize),
    hits: u32,
    misses: u32,
    tones: f32,
    all: f32,
    drift: [Phasor; 2],
    /// The sum of all phase changes, regardless of direction.
    turned: [f32; 2],
    /// The power of the loudest block.
    loudest: f32,
    /// The power of the sound before the press.
    context: f32,
}

impl Run {
    /// The first block's phase change is ignored, because the block before it lies on the edge.
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
        let off = [0, 1].map(|tone| self.drift[tone].off_pitch(pitches[tone]));
        let is_tone = |tone: usize| {
            off[tone].abs() <= OFF_PITCH
                && self.drift[tone].power().sqrt() >= STEADY * self.turned[tone]
        };
        self.hits >= if alone { PRESS } else { PRESS_IN_SOUND }
            && self.tones >= SHARE * self.all
            && (off[0] - off[1]).abs() <= OFF_RATIO
            && is_tone(0)
            && is_tone(1)
    }
}

/// Returns the factor from the measured to the true power of a tone that is off by `off_hz`: it
/// makes up for the slope of the window's main lobe.
fn missing(off_hz: f32) -> f32 {
    let off = off_hz * BLOCK as f32 / SAMPLE_RATE as f32;
    let angle = std::f32::consts::PI * off;
    let sinc = if angle.abs() < 1e-3 { 1.0 } else { angle.sin() / angle };
    ((1.0 - off * off) / sinc).powi(2)
}

/// Converts dB to a ratio of powers.
fn ratio(db: f32) -> f32 {
    10f32.powf(db / 10.0)
}

/// Detects the digits in a sound; each press gives one digit.
#[derive(Debug)]
pub struct InbandReceiver {
    block: [f32; BLOCK],
    /// The phases of the tones in the previous block; None after silence.
    before: Option<[Phasor; 8]>,
    run: Option<Run>,
    /// The key that is pressed, and the number of other blocks since.
    down: Option<((usize, usize), u32)>,
    /// The power of the latest blocks, and of the sound before them that was no press.
    latest: [f32; ONSET],
    context: f32,
}

impl Default for InbandReceiver {
    fn default() -> Self {
        Self::new()
    }
}

impl InbandReceiver {
    /// Creates a receiver.
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

    /// Takes the next 20 ms. A press returns its digit once, about 35 ms after its beginning.
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

    /// Returns the digit that sounds now.
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

    /// Stores the power of a block as context for later presses. A press itself is not context.
    fn remember(&mut self, power: f32) {
        if self.down.is_some() {
            (self.latest, self.context) = ([0.0; ONSET], 0.0);
            return;
        }
        self.context = self.latest[0].max(self.context * FORGET);
        self.latest.rotate_left(1);
        self.latest[ONSET - 1] = power;
    }

    /// Tracks presses from block to block.
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
