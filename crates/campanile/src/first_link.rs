//! Offers the link for the first sign-in while no API key exists, on the terminal or in a file of
//! the data directory.

use std::{
    io::{IsTerminal as _, Write as _},
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use campanile_api::FirstLink;
use campanile_store::Store;

use crate::out::note;

/// The name of the link's file in the data directory.
const FILE: &str = "first-sign-in";

/// Where the link points to and where it is offered.
pub struct Offer {
    /// The store, which knows whether a key exists.
    pub store: Arc<dyn Store>,
    /// The server's link.
    pub link: Arc<FirstLink>,
    /// The data directory.
    pub data: PathBuf,
    /// The server's base URL for browsers.
    pub base: String,
}

impl Offer {
    /// Offers a new link whenever the last one expires, until a key exists. A link is printed only
    /// on a terminal, because logs may be collected where no secret should appear.
    pub async fn until_there_is_a_key(self) {
        let file = self.data.join(FILE);
        while self.is_wanted().await {
            match self.link.renew(self.store.now()) {
                Ok(secret) => self.show(&file, &secret),
                Err(error) => return tracing::error!(%error, "no link for the first sign-in"),
            }
            let _ = tokio::time::timeout(FirstLink::VALID, self.link.used()).await;
        }
        let _ = std::fs::remove_file(file);
    }

    /// Whether no key exists. If the database cannot be read, no link is offered.
    async fn is_wanted(&self) -> bool {
        !self.store.has_keys().await.unwrap_or(true)
    }

    fn show(&self, file: &Path, secret: &str) {
        let link = format!("{}/#first={secret}", self.base);
        let minutes = FirstLink::VALID.as_secs() / 60;
        if std::io::stderr().is_terminal() {
            note!("There is no key yet. Sign in within {minutes} minutes, once:\n\n  {link}\n");
        } else if let Err(error) = write_for_owner(file, &format!("{link}\n")) {
            tracing::error!(%error, "the link for the first sign-in cannot be offered");
        } else {
            tracing::info!(
                "There is no key yet. The link for the first sign-in is in {}.",
                file.display()
            );
        }
    }
}

/// Writes a file that only its owner can read.
fn write_for_owner(file: &Path, text: &str) -> std::io::Result<()> {
    let _ = std::fs::remove_file(file);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(file)?.write_all(text.as_bytes())
}

/// The server's base URL for a browser on this machine.
pub fn base(scheme: &str, mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    format!("{scheme}://{address}")
}
