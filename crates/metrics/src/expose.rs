//! Writes the metrics in the format that Prometheus reads, together with values known only at the
//! time of a scrape.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use campanile_rules::{blocker::Blocker, dispatcher::TrunkLoad};
use prometheus::TextEncoder;

use crate::{METRICS, labels::Label, process};

/// The content type of the text that [`expose`] returns.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Values that are known only at the time of a scrape.
#[derive(Debug, Clone, Default)]
pub struct Readings {
    /// Every trunk.
    pub trunks: Vec<TrunkReading>,
    /// The blocker of each batch that is not over; none when nothing blocks it.
    pub blockers: Vec<Option<Blocker>>,
    /// Jobs in the queue of the store's writer.
    pub store_queue: usize,
    /// Open event streams.
    pub streams_open: usize,
    /// Pending deliveries of webhooks.
    pub deliveries_waiting: u64,
}

/// The values of one trunk.
#[derive(Debug, Clone, PartialEq)]
pub struct TrunkReading {
    /// The trunk's current load.
    pub load: TrunkLoad,
    /// The trunk's limit of new calls per second.
    pub max_cps: f64,
}

/// All metrics in the text format 0.0.4.
pub fn expose(readings: &Readings) -> String {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    read_trunks(&readings.trunks);
    read_batches(&readings.blockers);
    METRICS.store_queue.set(readings.store_queue as f64);
    METRICS.streams_open.set(readings.streams_open as f64);
    METRICS.deliveries_waiting.set(readings.deliveries_waiting as f64);
    METRICS.build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
    process::read();
    // Encoding fails only for families without a series, and the registry does not gather those.
    TextEncoder::new().encode_to_string(&METRICS.registry.gather()).unwrap_or_default()
}

fn read_trunks(trunks: &[TrunkReading]) {
    let gauges = [
        &METRICS.trunk_calls,
        &METRICS.trunk_calls_limit,
        &METRICS.trunk_cps_limit,
        &METRICS.trunk_pace,
        &METRICS.trunk_backing_off,
        &METRICS.trunk_unreachable,
    ];
    gauges.iter().for_each(|gauge| gauge.reset());
    for TrunkReading { load, max_cps } in trunks {
        let values = [
            f64::from(load.calls),
            f64::from(load.max_calls),
            *max_cps,
            load.pace,
            f64::from(u8::from(load.backing_off)),
            f64::from(u8::from(load.unreachable)),
        ];
        let id = load.id.to_string();
        for (gauge, value) in gauges.iter().zip(values) {
            gauge.with_label_values(&[&id]).set(value);
        }
        // The trunk's series exists before its first call.
        METRICS.dialed.with_label_values(&[&id]);
    }
    forget_gone(trunks);
}

/// Removes the series of trunks that were deleted.
fn forget_gone(trunks: &[TrunkReading]) {
    use prometheus::core::Collector as _;
    let there: HashSet<String> = trunks.iter().map(|trunk| trunk.load.id.to_string()).collect();
    for family in METRICS.dialed.collect() {
        for label in family.get_metric().iter().flat_map(|metric| metric.get_label()) {
            if !there.contains(label.value()) {
                let _ = METRICS.dialed.remove_label_values(&[label.value()]);
            }
        }
    }
}

fn read_batches(blockers: &[Option<Blocker>]) {
    let count = |wanted: Option<&Blocker>| {
        blockers.iter().filter(|blocker| blocker.as_ref() == wanted).count() as f64
    };
    METRICS.batches.with_label_values(&["none"]).set(count(None));
    for blocker in &Blocker::ALL {
        METRICS.batches.with_label_values(&[blocker.word()]).set(count(Some(blocker)));
    }
}
