//! The metrics as Prometheus reads them, together with what is known only when somebody asks.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use campanile_rules::{blocker::Blocker, dispatcher::TrunkLoad};
use prometheus::TextEncoder;

use crate::{METRICS, labels::Label, process};

/// Of what [`expose`] returns.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is known only when somebody asks.
#[derive(Debug, Clone, Default)]
pub struct Readings {
    /// Every trunk.
    pub trunks: Vec<TrunkReading>,
    /// What stands in the way of each batch that is not over.
    pub blockers: Vec<Option<Blocker>>,
    /// Pieces of work that wait for the writer of the store.
    pub store_queue: usize,
    /// Streams of events that are open.
    pub streams_open: usize,
    /// Deliveries of webhooks that are still to be made.
    pub deliveries_waiting: u64,
}

/// One trunk.
#[derive(Debug, Clone, PartialEq)]
pub struct TrunkReading {
    /// How busy it is.
    pub load: TrunkLoad,
    /// New calls per second, as many as there may be.
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
    // It fails for families without a series only, and those are not gathered.
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
        // Its series is there before its first call.
        METRICS.dialed.with_label_values(&[&id]);
    }
    forget_gone(trunks);
}

/// A trunk that was deleted takes its series along.
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
