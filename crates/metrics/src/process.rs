//! Metrics that the system keeps for this process, under the names that Prometheus' own libraries
//! use.

use crate::METRICS;

/// Indexes into `/proc/self/stat`, counted after the process name in brackets.
#[cfg(target_os = "linux")]
const USER_TIME: usize = 11;
#[cfg(target_os = "linux")]
const SYSTEM_TIME: usize = 12;
#[cfg(target_os = "linux")]
const STARTED: usize = 19;
#[cfg(target_os = "linux")]
const RESIDENT_PAGES: usize = 21;

/// Reads the values anew. A value that the system does not give stays as it is.
#[cfg(target_os = "linux")]
pub(crate) fn read() {
    use rustix::{param, process};

    let ticks_per_s = param::clock_ticks_per_second() as f64;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let field = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    if let (Some(user), Some(system)) = (field(USER_TIME), field(SYSTEM_TIME)) {
        METRICS.cpu.inc_by(((user + system) / ticks_per_s - METRICS.cpu.get()).max(0.0));
    }
    if let Some(pages) = field(RESIDENT_PAGES) {
        METRICS.memory.set(pages * param::page_size() as f64);
    }
    if let (Some(ticks), Some(booted)) = (field(STARTED), booted()) {
        METRICS.started.set(booted + ticks / ticks_per_s);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        METRICS.open_files.set(open.count() as f64);
    }
    if let Some(max) = process::getrlimit(process::Resource::Nofile).current {
        METRICS.max_files.set(max as f64);
    }
}

/// When the machine started, in seconds since 1970.
#[cfg(target_os = "linux")]
fn booted() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())
}

/// Other systems give these values in other ways; there, the metrics stay 0.
#[cfg(not(target_os = "linux"))]
pub(crate) fn read() {}
