//! `campanile erase`: somebody asks to be forgotten.

use std::process::ExitCode;

use serde_json::json;

use super::batch::words;
use crate::{
    client::Server,
    out::{note, say},
};

/// Erase a person from a server: rows, calls, recordings and whatever else tells of the number
///
/// Nobody calls the number from then on. The counts of batches stay. Backups still hold the person.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: Server,
    /// Whom, for example +14155550101
    #[arg(value_name = "E.164")]
    number: String,
}

impl Args {
    /// Does it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        let erasure = client.post("/v1/erasures", &json!({"phone_number": self.number}))?;
        say!("{erasure:#}")?;
        if words(&erasure["state"]) == "waiting" {
            note!(
                "Nobody calls the person any more. Something is still kept, for example because a \
                 call goes on; GET /v1/erasures/{} says when it is gone.",
                words(&erasure["id"])
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
