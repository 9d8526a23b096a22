//! The kinds of metrics.

use prometheus::{
    Counter, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec,
    Opts,
    core::{Collector, Desc},
    proto::MetricFamily,
};

use crate::labels::Label;

/// A kind of metric, defined by a name, a help text and a shape.
pub(crate) trait Kind: Collector + Clone + 'static {
    /// The name of the kind in Prometheus.
    const TYPE: &'static str;
    /// The remaining parts of the definition: names of labels, bounds of buckets.
    type Shape;
    /// Creates the metric. Fails only if the table of definitions has a mistake.
    fn define(name: &str, help: &str, shape: Self::Shape) -> prometheus::Result<Self>;
}

/// A counter for each word of a closed set. All counters exist from the start.
#[derive(Clone)]
pub struct By<L> {
    family: IntCounterVec,
    counters: Vec<IntCounter>,
    label: std::marker::PhantomData<L>,
}

impl<L: Label> By<L> {
    /// The counter for one word.
    pub fn of(&self, label: L) -> &IntCounter {
        &self.counters[label.place()]
    }
}

impl<L: Label> Collector for By<L> {
    fn desc(&self) -> Vec<&Desc> {
        self.family.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.family.collect()
    }
}

impl<L: Label> Kind for By<L> {
    const TYPE: &'static str = "counter";
    type Shape = ();
    fn define(name: &str, help: &str, (): ()) -> prometheus::Result<Self> {
        let family = IntCounterVec::new(Opts::new(name, help), &[L::NAME])?;
        let counters = L::ALL.iter().map(|label| family.with_label_values(&[label.word()]));
        Ok(By { counters: counters.collect(), family, label: std::marker::PhantomData })
    }
}

impl Kind for IntCounter {
    const TYPE: &'static str = "counter";
    type Shape = ();
    fn define(name: &str, help: &str, (): ()) -> prometheus::Result<Self> {
        IntCounter::new(name, help)
    }
}

impl Kind for Counter {
    const TYPE: &'static str = "counter";
    type Shape = ();
    fn define(name: &str, help: &str, (): ()) -> prometheus::Result<Self> {
        Counter::new(name, help)
    }
}

impl Kind for IntCounterVec {
    const TYPE: &'static str = "counter";
    type Shape = &'static [&'static str];
    fn define(name: &str, help: &str, labels: Self::Shape) -> prometheus::Result<Self> {
        IntCounterVec::new(Opts::new(name, help), labels)
    }
}

impl Kind for Gauge {
    const TYPE: &'static str = "gauge";
    type Shape = ();
    fn define(name: &str, help: &str, (): ()) -> prometheus::Result<Self> {
        Gauge::new(name, help)
    }
}

impl Kind for GaugeVec {
    const TYPE: &'static str = "gauge";
    type Shape = &'static [&'static str];
    fn define(name: &str, help: &str, labels: Self::Shape) -> prometheus::Result<Self> {
        GaugeVec::new(Opts::new(name, help), labels)
    }
}

impl Kind for Histogram {
    const TYPE: &'static str = "histogram";
    type Shape = &'static [f64];
    fn define(name: &str, help: &str, buckets: Self::Shape) -> prometheus::Result<Self> {
        Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))
    }
}

impl Kind for HistogramVec {
    const TYPE: &'static str = "histogram";
    type Shape = (&'static [&'static str], &'static [f64]);
    fn define(name: &str, help: &str, (labels, buckets): Self::Shape) -> prometheus::Result<Self> {
        HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels)
    }
}

/// Builds a struct from a table of lines `field: Kind(shape) = "name", "help";`.
macro_rules! metrics {
    ($($field:ident: $kind:ident $(<$label:ident>)? $(($($shape:expr),+))? =
        $name:literal, $help:literal;)*) => {
        /// Every metric.
        pub struct Metrics {
            $(#[doc = $help] pub $field: $kind $(<$label>)?,)*
            pub(crate) registry: Registry,
            definitions: Vec<Definition>,
        }

        impl Metrics {
            fn define() -> prometheus::Result<Metrics> {
                let (registry, mut definitions) = (Registry::new(), Vec::new());
                $(
                    let $field =
                        <$kind $(<$label>)? as Kind>::define($name, $help, ($($($shape),+)?))?;
                    definitions.push(Definition::of(&$field));
                    registry.register(Box::new($field.clone()))?;
                )*
                Ok(Metrics { $($field,)* registry, definitions })
            }

            /// All of them in words, in the order of the table.
            pub fn definitions(&self) -> &[Definition] {
                &self.definitions
            }
        }
    };
}
pub(crate) use metrics;
