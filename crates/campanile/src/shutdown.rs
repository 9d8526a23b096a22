//! Shutdown in two steps. The first Ctrl-C or SIGTERM stops dialing and lets calls finish. The
//! second hangs up all calls and stores their outcome.

use campanile_engine::Engine;

use crate::signals::Signals;

/// Shuts the engine down after the first signal. Returns when no call is open and everything is
/// stored. A third signal stops waiting; the next start then recovers as after a crash.
pub async fn wind_down(engine: &Engine, signals: &mut Signals, say: impl Fn(&str)) {
    say("No new calls; those in progress finish. Once more to hang up now.");
    engine.stop_dialing().await;
    if let Some(failing) = engine.store_failing() {
        say(&format!(
            "The database cannot be written: {}. How calls ended waits in memory until it can be; \
             three signals in all end without that, and those calls count as interrupted.",
            failing.cause
        ));
    }
    tokio::select! {
        () = engine.drain() => return,
        () = signals.next() => {}
    }
    say("Hanging up.");
    engine.hang_up_all();
    tokio::select! {
        () = engine.drain() => {}
        () = signals.next() => say("Not waiting any longer; the next start ends what is left."),
    }
}
