//! The playout queue against a list of samples that is as naive as can be.

use std::collections::{HashMap, VecDeque};

use campanile_media::{
    FRAME_SAMPLES,
    g711::{Law, Payload},
    playout::{Item, Mark, Playout, Sound},
};

const MS: usize = 8;
const FADE: usize = 5 * MS;

/// A sample or a mark that waits.
#[derive(Clone, Copy)]
enum Waiting {
    Sample(Item, Law, u8),
    Mark(Mark),
}

/// The naive queue beside the real one. It takes from the real one only how many samples each pull
/// took, and checks everything else.
struct World {
    playout: Playout,
    waiting: VecDeque<Waiting>,
    /// Samples that leave with the next frame, fading.
    fading: Vec<i16>,
    reached: VecDeque<Mark>,
    left: HashMap<Item, usize>,
    is_paused: bool,
    fades_in: bool,
    was_full: bool,
    marks: u64,
}

impl World {
    fn new() -> World {
        World {
            playout: Playout::new(Law::Mu),
            waiting: VecDeque::new(),
            fading: Vec::new(),
            reached: VecDeque::new(),
            left: HashMap::new(),
            is_paused: false,
            fades_in: false,
            was_full: false,
            marks: 0,
        }
    }

    fn samples(&self) -> usize {
        self.waiting.iter().filter(|waiting| matches!(waiting, Waiting::Sample(..))).count()
    }

    /// Queues a random sound with a random stretch of silence at its end.
    fn queue(&mut self, random: &mut fastrand::Rng) {
        let item = Item(random.u64(..8));
        let (len, quiet) = (random.usize(1..600), random.usize(..200) * random.usize(..2));
        let mut samples: Vec<i16> = (0..len).map(|_| random.i16(1_000..30_000)).collect();
        samples.iter_mut().for_each(|sample| *sample *= if random.bool() { 1 } else { -1 });
        samples.extend(vec![0; quiet]);
        let law = if random.bool() { Law::Mu } else { Law::A };
        let bytes: Vec<u8> = samples.iter().map(|sample| law.encode(*sample)).collect();
        let (sound, law) = match random.bool() {
            true => (Sound::Linear(&samples), self.playout.law()),
            false => (Sound::Coded(law, &bytes), law),
        };
        match random.bool() {
            true => self.playout.play(item, sound),
            false => self.playout.stream(item, sound),
        }
        self.waiting.extend(samples.iter().zip(&bytes).map(|(sample, byte)| match sound {
            Sound::Linear(_) => Waiting::Sample(item, law, law.encode(*sample)),
            Sound::Coded(..) => Waiting::Sample(item, law, *byte),
        }));
    }

    fn mark(&mut self) {
        self.marks += 1;
        self.playout.mark(Mark(self.marks));
        self.waiting.push_back(Waiting::Mark(Mark(self.marks)));
        self.reach();
    }

    /// Moves the marks with nothing before them.
    fn reach(&mut self) {
        while let Some(Waiting::Mark(mark)) = self.waiting.front().copied() {
            self.reached.push_back(mark);
            self.waiting.pop_front();
        }
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let law = self.playout.law();
        let mut taken = Vec::new();
        while taken.len() < count {
            match self.waiting.pop_front().expect("more left than was queued") {
                Waiting::Mark(mark) => self.reached.push_back(mark),
                Waiting::Sample(item, own, byte) => {
                    *self.left.entry(item).or_default() += 1;
                    taken.push(if own == law { byte } else { law.encode(own.decode(byte)) });
                }
            }
        }
        self.reach();
        taken
    }

    fn fade(&mut self) {
        let count = if self.was_full { self.samples().min(FADE) } else { 0 };
        let law = self.playout.law();
        let taken = self.take(count);
        self.fading.extend(taken.iter().map(|byte| law.decode(*byte)));
        self.was_full = false;
    }

    fn pause(&mut self) {
        self.playout.pause();
        if !self.is_paused {
            self.fade();
        }
        self.is_paused = true;
    }

    fn resume(&mut self) {
        self.playout.resume();
        self.fades_in |= self.is_paused;
        self.is_paused = false;
    }

    fn clear(&mut self) {
        self.playout.clear();
        if !self.is_paused {
            self.fade();
        }
        (self.is_paused, self.fades_in) = (false, false);
        for waiting in self.waiting.drain(..) {
            if let Waiting::Mark(mark) = waiting {
                self.reached.push_back(mark);
            }
        }
    }

    fn pull(&mut self) {
        let before = self.playout.unplayed();
        let pulled = self.playout.pull();
        let taken = before - self.playout.unplayed();
        assert!(taken == 0 || !self.is_paused, "a pause holds what is queued");
        let fading = std::mem::take(&mut self.fading);
        assert_eq!(pulled.is_some(), taken + fading.len() > 0);
        let bytes = self.take(taken);
        self.was_full = taken + fading.len() == FRAME_SAMPLES;
        let Some(frame) = pulled else { return };
        let (fades_in, law) = (taken > 0 && self.fades_in, self.playout.law());
        self.fades_in &= taken == 0;
        let (head, rest) = frame.split_at(fading.len());
        for (at, (byte, before)) in head.iter().zip(&fading).enumerate() {
            let gain = (fading.len() - 1 - at) as f32 / fading.len() as f32;
            assert_quieter(law.decode(*byte), *before, gain);
        }
        let start = if fades_in { taken.min(FADE) } else { 0 };
        for (at, (byte, before)) in rest.iter().zip(&bytes[..start]).enumerate() {
            let gain = at as f32 / start as f32;
            assert_quieter(law.decode(*byte), law.decode(*before), gain);
        }
        assert_eq!(rest[start..taken], bytes[start..], "bytes leave in order and untouched");
        assert!(rest[taken..].iter().all(|byte| *byte == law.silence()));
    }

    fn check(&mut self) {
        let mut marks = VecDeque::new();
        while let Some(mark) = self.playout.next_mark() {
            marks.push_back(mark);
        }
        assert_eq!(marks, std::mem::take(&mut self.reached));
        assert_eq!(self.playout.unplayed(), self.samples());
        let loud = |waiting: &Waiting| match waiting {
            Waiting::Sample(_, law, byte) => law.decode(*byte).unsigned_abs() > 64,
            Waiting::Mark(_) => false,
        };
        let samples = self.waiting.iter().filter(|waiting| matches!(waiting, Waiting::Sample(..)));
        let samples: Vec<_> = samples.collect();
        let unsaid = samples.iter().rposition(|waiting| loud(waiting)).map_or(0, |last| last + 1);
        assert_eq!(self.playout.unsaid(), unsaid, "trailing silence is not speech");
        for (item, left) in &self.left {
            assert_eq!(self.playout.played(*item), (*left / MS) as u64);
        }
    }
}

fn assert_quieter(sample: i16, before: i16, gain: f32) {
    let limit = f32::from(before).abs() * (gain.min(1.0) * 1.07) + 16.0;
    assert!(f32::from(sample).abs() <= limit, "{sample} of {before} at {gain}");
}

#[test]
fn what_left_is_what_was_queued_and_not_cleared() {
    for seed in 0..300 {
        let (mut random, mut world) = (fastrand::Rng::with_seed(seed), World::new());
        for _ in 0..300 {
            match random.u32(..100) {
                0..20 => world.queue(&mut random),
                20..35 => world.mark(),
                35..39 => world.clear(),
                39..44 => world.pause(),
                44..52 => world.resume(),
                52..54 => {
                    let law = if random.bool() { Law::A } else { Law::Mu };
                    world.playout.set_law(law);
                }
                54..56 => {
                    world.playout.skip();
                    world.was_full = false;
                }
                _ => world.pull(),
            }
            world.check();
        }
    }
}

fn loud(ms: usize) -> Vec<u8> {
    vec![Law::Mu.encode(8_000); ms * MS]
}

fn piece(playout: &mut Playout, ms: usize) {
    playout.stream(Item(1), Sound::Coded(Law::Mu, &loud(ms)));
}

/// Returns how many samples of sound each pull has, until the queue is empty.
fn drained(playout: &mut Playout) -> Vec<usize> {
    let sounding = |frame: Option<Payload>| {
        frame.map_or(0, |frame| frame.iter().filter(|byte| **byte != Law::Mu.silence()).count())
    };
    let mut all = Vec::new();
    while playout.unplayed() > 0 {
        all.push(sounding(playout.pull()));
    }
    all
}

#[test]
fn a_whole_sound_plays_at_once() {
    let mut playout = Playout::new(Law::Mu);
    playout.play(Item(1), Sound::Coded(Law::Mu, &loud(30)));
    assert_eq!(drained(&mut playout), [160, 80]);
}

#[test]
fn streamed_sound_is_gathered_for_60_ms() {
    let mut playout = Playout::new(Law::Mu);
    piece(&mut playout, 60);
    assert_eq!(drained(&mut playout), [160; 3], "60 ms are there");
    piece(&mut playout, 30);
    assert_eq!(drained(&mut playout), [0, 0, 0, 160, 80], "no more comes within 60 ms");
    piece(&mut playout, 20);
    assert_eq!(playout.pull(), None);
    piece(&mut playout, 20);
    assert_eq!(playout.pull(), None);
    piece(&mut playout, 20);
    assert_eq!(drained(&mut playout), [160; 3], "60 ms came in pieces");
    piece(&mut playout, 20);
    playout.play(Item(2), Sound::Coded(Law::Mu, &loud(20)));
    assert_eq!(drained(&mut playout), [160; 2], "a whole sound follows");
}

#[test]
fn a_pause_goes_on_where_it_stopped() {
    let mut playout = Playout::new(Law::Mu);
    playout.play(Item(1), Sound::Coded(Law::Mu, &loud(100)));
    playout.pull();
    playout.pause();
    assert_eq!(playout.pull().map(|frame| frame[FADE..] == [0xFF; 120]), Some(true));
    assert_eq!(playout.pull(), None);
    assert_eq!(playout.played(Item(1)), 25, "20 ms and the end that faded");
    playout.resume();
    assert_eq!(drained(&mut playout).len(), 4);
    assert_eq!(playout.played(Item(1)), 100);
    assert_eq!(playout.span(Item(1)), Some(0..20 + 20 + 20 + 75));
}

#[test]
fn marks_come_back_at_once_when_nothing_is_queued() {
    let mut playout = Playout::new(Law::Mu);
    playout.pause();
    playout.mark(Mark(1));
    assert_eq!((playout.next_mark(), playout.next_mark()), (Some(Mark(1)), None));
    piece(&mut playout, 10);
    playout.mark(Mark(2));
    assert_eq!(playout.next_mark(), None);
    playout.clear();
    assert_eq!(playout.next_mark(), Some(Mark(2)), "a cleared mark comes back, too");
}

#[test]
fn a_queue_of_ten_minutes_refuses_more() {
    let mut playout = Playout::new(Law::Mu);
    (0..11 * 3_000).for_each(|_| piece(&mut playout, 20));
    assert_eq!(playout.unplayed(), 600 * 1_000 * MS);
    assert_eq!(playout.refused(), 60 * 1_000 * MS as u64);
    playout.clear();
    (0..100_000).for_each(|at| {
        playout.stream(Item(at), Sound::Coded(Law::Mu, &loud(1)));
        playout.mark(Mark(at));
    });
    assert_eq!(playout.unplayed(), 65_536 / 2 * MS, "entries are bounded, too");
}

#[test]
fn what_is_audible_is_what_is_in_the_latest_frame() {
    let mut playout = Playout::new(Law::A);
    playout.play(Item(1), Sound::Linear(&[[8_000; 160], [0; 160]].concat()));
    let heard: Vec<_> = (0..3).map(|_| (playout.pull().is_some(), playout.is_audible())).collect();
    assert_eq!(heard, [(true, true), (true, false), (false, false)]);
}
