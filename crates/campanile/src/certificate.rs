//! A renewed certificate is taken while the server runs.

use std::time::Duration;

use campanile_api::Tls;

use crate::signals::Hangups;

/// From one look at the files of the certificate to the next.
const EVERY: Duration = Duration::from_secs(30);

/// Looks at the files of the certificate from time to time and at each SIGHUP, for ever.
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
