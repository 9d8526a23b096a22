//! Runs seeds and reports which ones fail.

use std::{
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use campanile_sim::{bug::Bug, replay, run};

const USAGE: &str =
    "usage: campanile-sim [--seed N [--trace]] [--seeds COUNT] [--from N] [--bug NAME]
  --seed N       one seed; --trace prints its history in words
  --seeds COUNT  that many seeds on all cores (default 2000), --from the first of them; without it
                 they begin at random, and where is said first
  --bug NAME     plants a bug";

/// The range of fresh seeds: larger than the seeds of the tests, and short enough to read aloud.
const FRESH: std::ops::Range<u64> = 1_000_000..1_000_000_000;

#[derive(Default)]
struct Options {
    seed: Option<u64>,
    seeds: u64,
    from: Option<u64>,
    trace: bool,
    bug: Option<Bug>,
}

fn main() -> ExitCode {
    match options() {
        Ok(options) => match options.seed {
            Some(seed) => one(seed, &options),
            None => many(&options),
        },
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options { seeds: 2_000, ..Options::default() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let value = words.next().unwrap_or_default();
            value.parse::<u64>().map_err(|_| format!("{word} needs a number, not {value:?}"))
        };
        match word.as_str() {
            "--seed" => options.seed = Some(number()?),
            "--seeds" => options.seeds = number()?,
            "--from" => options.from = Some(number()?),
            "--trace" => options.trace = true,
            "--bug" => options.bug = Some(words.next().unwrap_or_default().parse()?),
            _ => return Err(format!("{word} means nothing here")),
        }
    }
    Ok(options)
}

fn one(seed: u64, options: &Options) -> ExitCode {
    let verdict = run(seed, options.bug, options.trace);
    print!("{}", verdict.trace);
    println!(
        "seed {seed}: {} calls, {} events, history {:016x}",
        verdict.calls, verdict.events, verdict.digest
    );
    for violation in &verdict.violations {
        println!("FAILED {}: {}", violation.checker, violation.what);
    }
    if verdict.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn many(options: &Options) -> ExitCode {
    let from = options.from.unwrap_or_else(|| fastrand::u64(FRESH));
    println!("seeds from {from}; the same again: --seeds {} --from {from}", options.seeds);
    let (next, calls, failed) = (AtomicU64::new(from), AtomicU64::new(0), AtomicU64::new(0));
    let begun = Instant::now();
    let work = || loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= from.saturating_add(options.seeds) {
            return;
        }
        let verdict = run(seed, options.bug, false);
        calls.fetch_add(verdict.calls as u64, Ordering::Relaxed);
        if let Some(first) = verdict.violations.first() {
            failed.fetch_add(1, Ordering::Relaxed);
            println!("{}   # {}: {}", replay(seed, options.bug), first.checker, first.what);
        }
    };
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        (0..cores).for_each(|_| drop(scope.spawn(work)));
    });
    let seconds = begun.elapsed().as_secs_f64();
    let (calls, failed) = (calls.into_inner(), failed.into_inner());
    println!(
        "{} seeds, {calls} calls, {failed} failed: {:.0} seeds/s",
        options.seeds,
        options.seeds as f64 / seconds
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
