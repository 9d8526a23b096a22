//! Reloads a renewed certificate while the server runs.

use std::time::Duration;

use campanile_api::Tls;

use crate::signals::Hangups;

/// Time between two checks of the certificate files.
const EVERY: Duration = Duration::from_secs(30);

/// Checks the certificate files every 30 s and at each SIGHUP. Never returns.
pub async fn keep_fresh(tls: Option<Tls>, mut hangups: Hangups) {
    loop {
        tokio::select! {
            () = hangups.next() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
        match tls.as_ref().map(Tls::renew) {
            Some(Ok(true)) => tracing::info!("the renewed certificate is used from now on"),
            Some(Ok(false)) | None => {}
            Some(Err(error)) => {
                tracing::error!(%error, "a new certificate is not used; the one before it stays");
            }
        }
    }
}
