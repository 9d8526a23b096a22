//! The log, written to standard error.

use std::io::IsTerminal as _;

use campanile_metrics::{METRICS, labels::LogLevel};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterFn, filter_fn},
    fmt,
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
    let registry = tracing_subscriber::registry().with(filter).with(without_secrets());
    registry.with(lines).with(Counted).init();
}

/// Hides the details that the WebSocket library logs, whatever the user wants to see: requests and
/// messages carry the keys of agents' servers.
fn without_secrets() -> FilterFn {
    filter_fn(|line| !line.target().starts_with("tungstenite") || *line.level() <= Level::INFO)
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

    /// The targets of the lines that are logged with these directives.
    fn logged(directives: &str) -> Vec<String> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = tracing_subscriber::registry()
            .with(EnvFilter::new(directives))
            .with(without_secrets())
            .with(Seen(seen.clone()));
        tracing::subscriber::with_default(log, || {
            tracing::trace!(target: "tungstenite::handshake::client", "Request: ...");
            tracing::debug!(target: "tungstenite::protocol", "a frame");
            tracing::info!(target: "tungstenite", "a line");
            tracing::debug!(target: "campanile", "a line");
        });
        let seen = seen.lock().unwrap();
        seen.clone()
    }

    #[test]
    fn what_a_websocket_sends_is_never_logged() {
        assert_eq!(logged("trace"), ["tungstenite", "campanile"]);
        assert_eq!(logged("tungstenite=trace,info"), ["tungstenite"]);
        assert_eq!(logged("tungstenite::handshake::client=trace"), [""; 0]);
    }

    #[test]
    fn a_websocket_logs_no_more_than_everything_else() {
        for directives in ["off", "error", "warn", "info,tungstenite=warn"] {
            assert_eq!(logged(directives), [""; 0], "{directives}");
        }
    }
}
