//! What the agent is told about one call: its version with this recipient's values filled in.

use campanile_agent::Brief;
use campanile_rules::{attempt::Attempt, template};
use campanile_store::BatchBrief;

/// Fills the placeholders of the batch's agent version for one attempt. A column of the file wins
/// over the version's default; the built-in names win over both.
pub(crate) fn fill(batch: &BatchBrief, attempt: &Attempt, cells: &[String]) -> Brief {
    let lookup = |name: &str| -> Option<String> {
        match name {
            "phone_number" => Some(attempt.number.to_string()),
            "from_number" => Some(batch.from_number.to_string()),
            "call_id" => Some(attempt.call_id.clone()),
            "batch_name" => Some(batch.name.clone()),
            "attempt" => Some(attempt.number_in_row.to_string()),
            column => batch
                .columns
                .iter()
                .position(|c| c == column)
                .and_then(|at| cells.get(at).cloned())
                .or_else(|| batch.version.variables.get(column).cloned()),
        }
    };
    Brief { version: template::fill(&batch.version, &lookup) }
}
