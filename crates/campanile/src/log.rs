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
    let filter = without_secrets(filter.unwrap_or(default));
    let lines = fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    let lines = match format {
        Format::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        Format::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    tracing_subscriber::registry().with(filter).with(lines).with(Counted).init();
}

/// Returns the filter of these directives. The WebSocket library logs requests and messages, which
/// carry the keys of agents' servers, so it never logs more than `info`.
fn without_secrets(directives: &str) -> EnvFilter {
    EnvFilter::new(format!("{directives},tungstenite=info,tungstenite::handshake::client=info"))
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    struct Seen(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Seen {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().unwrap().push(event.metadata().target().to_owned());
        }
    }

    #[test]
    fn what_a_websocket_sends_is_never_logged() {
        for directives in
            ["trace", "tungstenite=trace,info", "tungstenite::handshake::client=trace"]
        {
            let seen = Arc::new(Mutex::new(Vec::new()));
            let log = tracing_subscriber::registry()
                .with(without_secrets(directives))
                .with(Seen(seen.clone()));
            tracing::subscriber::with_default(log, || {
                tracing::trace!(target: "tungstenite::handshake::client", "Request: ...");
                tracing::debug!(target: "tungstenite::protocol", "a frame");
                tracing::warn!(target: "tungstenite::protocol", "a warning");
            });
            assert!(!seen.lock().unwrap().contains(&"tungstenite::handshake::client".to_owned()));
            assert!(seen.lock().unwrap().len() <= 1, "{directives}");
        }
    }
}
