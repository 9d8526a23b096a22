//! Limits on voice previews. Each one uses a text-to-speech program that calls need as well.

use std::sync::Arc;

use campanile_metrics::{METRICS, labels::Refusal};
use campanile_rules::ids::WorkspaceId;

use crate::http::{
    problem::{Code, Problem},
    shares::{Share, Shares, Turn, Turns},
};

/// Previews that one workspace may request at once. One is spoken, the others wait.
const OF_ONE: usize = 8;

/// Previews that all workspaces may request at once.
const OF_ALL: usize = 64;

/// Previews that are spoken at once over all workspaces. Two of the four programs stay reserved for
/// calls.
const SPOKEN: usize = 2;

/// The voice previews in progress.
pub struct Previews {
    asked: Arc<Shares>,
    spoken: Turns<WorkspaceId>,
}

/// The turn of one preview. Dropping it ends the turn.
pub struct PreviewTurn {
    _share: Share,
    _turn: Option<Turn>,
}

impl Default for Previews {
    fn default() -> Previews {
        Previews { asked: Shares::new(OF_ONE, OF_ALL), spoken: Turns::new(1, SPOKEN) }
    }
}

impl Previews {
    /// Waits until a preview of the workspace may be spoken. Fails if too many are waiting.
    pub async fn turn(&self, workspace: WorkspaceId) -> Result<PreviewTurn, Problem> {
        let share = self.asked.take(workspace).ok_or_else(|| {
            METRICS.refusals.of(Refusal::TooManyAtOnce).inc();
            let detail = format!(
                "{} texts of the workspace are being spoken for somebody to hear, or the server \
                 has as many as it may; ask again when one of them is done.",
                self.asked.of_one()
            );
            Problem::new(Code::TooManyRequests, detail)
        })?;
        let turn = self.spoken.turn(workspace).await;
        Ok(PreviewTurn { _share: share, _turn: turn })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn a_workspace_that_hears_much_keeps_nobody_else_from_hearing() {
        let previews = Previews::default();
        let (one, other) = (WorkspaceId(1), WorkspaceId(2));
        let first = previews.turn(one).now_or_never().expect("nobody speaks").ok();
        assert!(first.is_some());
        let waiting: Vec<_> = (1..OF_ONE)
            .map(|_| {
                let mut turn = Box::pin(previews.turn(one));
                assert!(turn.as_mut().now_or_never().is_none(), "one at a time");
                turn
            })
            .collect();
        let refused = previews.turn(one).now_or_never().expect("an answer");
        assert!(refused.is_err(), "{} wait", waiting.len());
        assert!(previews.turn(other).now_or_never().expect("a turn").is_ok());
    }
}
