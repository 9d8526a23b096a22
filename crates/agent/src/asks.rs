//! What is asked of a call from outside while it talks: by its bot over HTTP, or by a person at the
//! dashboard. It does the same as the tool of a model with the same name.

use campanile_rules::attempt::{EndReason, Party};
use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};

use crate::{
    Farewell, Supervised,
    tools::{Tools, Used},
};

/// Requests that may wait for a call.
pub const MOST_ASKS: usize = 16;

/// A request to a call.
#[derive(Debug)]
pub struct Ask {
    /// What is to be done.
    pub what: Asked,
    /// Gets the answer: what was done, in words, or why not.
    pub answer: oneshot::Sender<Result<String, Refused>>,
}

/// Why a call does not do what it is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody has answered yet.
    #[error("nobody has answered the call yet")]
    Unanswered,
    /// The call is on its way to another number.
    #[error("the call is being transferred")]
    Transferring,
    /// The arguments are wrong in this way.
    #[error("{0}")]
    Mistake(String),
}

/// What is asked of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// To end.
    HangUp {
        /// Whether the person hears nothing more. Otherwise what the agent said is played first, for
        /// ten seconds at the most.
        at_once: bool,
    },
    /// To use a built-in tool.
    Use {
        /// The tool.
        tool: &'static str,
        /// Its arguments.
        arguments: Map<String, Value>,
    },
}

/// The requests to one call, and the tools that they use.
pub struct Outside {
    /// The requests.
    pub asks: mpsc::Receiver<Ask>,
    /// The tools of the version.
    pub tools: Tools,
}

impl Supervised<'_> {
    /// Does what was asked since the last time.
    pub(crate) fn take_asks(&mut self) {
        let Some(outside) = self.outside.take() else { return };
        while let Ok(Ask { what, answer }) = outside.asks.try_recv() {
            let done = match what {
                Asked::HangUp { at_once } => {
                    let over = Farewell::Over(EndReason::AgentDisconnected, Party::Agent);
                    self.hang_up(over, at_once);
                    Ok("The call ends.".to_owned())
                }
                Asked::Use { tool, arguments } => {
                    self.use_for(&outside.tools, tool, arguments).map_err(Refused::Mistake)
                }
            };
            // Whoever asked may have gone.
            let _ = answer.send(done);
        }
        self.outside = Some(outside);
    }

    fn use_for(
        &mut self,
        tools: &Tools,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<String, String> {
        let arguments = Value::Object(arguments).to_string();
        match self.use_of(tools, tool, &arguments)? {
            Used::Answered(answer) => Ok(answer.output),
            Used::Ending => Ok("The call is passed on.".to_owned()),
            Used::Pending | Used::Repeated => Ok("It is being done.".to_owned()),
        }
    }
}
