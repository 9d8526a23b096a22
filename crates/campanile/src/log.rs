//! The log, written to standard error.

use std::io::IsTerminal as _;

use campanile_metrics::{METRICS, labels::LogLevel};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, fmt,
    layer::{Context, SubscriberExt as _},
    util::SubscriberInitExt as _,
};

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON object a line, for programs
    Json,
}

/// Starts the log. `filter` selects what is logged.
pub fn start(filter: Option<&str>, format: Format, serving: bool) {
    let default = if serving { "info,rsipstack=error" } else { "error,rsipstack=off" };
    let filter = EnvFilter::new(filter.unwrap_or(default));
    let lines = fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    let lines = match format {
        Format::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        Format::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    tracing_subscriber::registry().with(filter).with(lines).with(Counted).init();
}

/// Counts warnings and errors in the metrics.
struct Counted;

impl<S: Subscriber> Layer<S> for Counted {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        match *event.metadata().level() {
            Level::ERROR => METRICS.logged.of(LogLevel::Error).inc(),
            Level::WARN => METRICS.logged.of(LogLevel::Warn).inc(),
            _ => {}
        }
    }
}
