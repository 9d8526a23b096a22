//! `campanile erase`: deletes the data of one phone number.

use std::process::ExitCode;

use serde_json::json;

use crate::{
    client::{Refusal, Server},
    out::note,
    print::{Output, word},
};

/// Erase a person from a server: rows, calls, recordings and whatever else tells of the number
///
/// Nobody calls the number from then on. The counts of batches stay. Backups still hold the person.
#[derive(clap::Args)]
pub struct Args {
    /// Whom, for example +14155550101
    #[arg(value_name = "E.164")]
    number: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    server: Server,
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        let asked = client.post("/v1/erasures", &json!({"phone_number": self.number}));
        let erasure =
            asked.map_err(|error| Refusal::named(error, &[("/phone_number", "E.164")]))?;
        let (id, state) = (word(&erasure["id"]), word(&erasure["state"]));
        self.output.done(&erasure, &format!("{id}: {state}"))?;
        if state == "waiting" {
            note!(
                "Nobody calls the person any more. Something is still kept, for example because a \
                 call goes on; GET /v1/erasures/{id} says when it is gone."
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
