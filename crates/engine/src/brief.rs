//! What the agent is told about one call: its version with the values of this recipient filled in.

use std::collections::BTreeMap;

use campanile_agent::Brief;
use campanile_rules::{
    agent::Secret,
    attempt::Attempt,
    template::{self, Variables},
};
use campanile_store::BatchBrief;

/// Fills the placeholders of the batch's agent version for one attempt. A column of the file,
/// either the chosen one or the one of the same name, overrides the version's default. Built-in
/// names override both.
pub(crate) fn fill(batch: &BatchBrief, attempt: &Attempt, cells: &[String]) -> Brief {
    let (number, from) = (attempt.number.to_string(), batch.from_number.to_string());
    let in_row = attempt.number_in_row.to_string();
    let variables = Variables {
        columns: &batch.columns,
        cells,
        map: &batch.column_map,
        defaults: &batch.version.variables,
        built_in: [&number, &from, &attempt.call_id, &batch.name, &in_row],
    };
    let lookup = |name: &str| variables.get(name).map(str::to_owned);
    Brief {
        version: template::fill(&batch.version, &lookup),
        call_id: attempt.call_id.clone(),
        token: token(),
        workspace: attempt.workspace,
        batch: attempt.batch,
        recipient: attempt.recipient,
        attempt: attempt.number_in_row,
        from_number: batch.from_number,
        to_number: attempt.number,
        variables: variables_of(batch, cells),
    }
}

/// Returns a new secret of 128 bits. Without a source of randomness there is none, and then the agent's
/// server cannot ask anything of the call.
pub(crate) fn token() -> Secret {
    let mut bits = [0; 16];
    match getrandom::fill(&mut bits) {
        Ok(()) => Secret::new(format!("{:032x}", u128::from_be_bytes(bits))),
        Err(_) => Secret::default(),
    }
}

/// Returns the columns of a row, over the defaults of the version.
fn variables_of(batch: &BatchBrief, cells: &[String]) -> BTreeMap<String, String> {
    let columns = batch.columns.iter().cloned().zip(cells.iter().cloned());
    batch.version.variables.clone().into_iter().chain(columns).collect()
}
