//! The language model's answer, while it is written.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    task::AbortHandle,
    time::{sleep, timeout},
};
use tracing::Instrument as _;

use super::servers::MODEL;
use crate::{
    Failure, Usage,
    wire::{
        Http, HttpError, Limits, Request,
        chat::{Answering, ChatError, ToolCall},
    },
};

const LIMITS: Limits =
    Limits { first: Duration::from_secs(10), next: Duration::from_secs(10), max: 2 << 20 };

/// The pieces of an answer that wait.
const MAX_PIECES: usize = 64;

/// How long before a server that could not answer is asked once more.
const AGAIN_AFTER: Duration = Duration::from_millis(300);

/// How long the body may take to end after the answer.
const END_WITHIN: Duration = Duration::from_secs(1);

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// More text.
    Text(String),
    /// The answer is over; these tools are called, and this was used.
    End(Vec<ToolCall>, Usage),
}

/// An answer that is being written. Dropping it ends the request.
pub struct Writing {
    pieces: mpsc::Receiver<Result<Piece, Failure>>,
    task: AbortHandle,
}

impl Writing {
    /// Sends a request.
    pub fn begin(http: Arc<Http>, request: Request) -> Writing {
        let (sender, pieces) = mpsc::channel(MAX_PIECES);
        let task = tokio::spawn(write(http, request, sender).in_current_span()).abort_handle();
        Writing { pieces, task }
    }

    /// Waits for the next piece. Cancel safe.
    pub async fn next(&mut self) -> Result<Piece, Failure> {
        match self.pieces.recv().await {
            Some(piece) => piece,
            None => Err(MODEL.failed("its task ended")),
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Why there is no answer.
enum Trouble {
    Http(HttpError),
    Chat(ChatError),
}

/// Passes on an answer. A server that fails before its first word is asked once more, if that may help.
async fn write(http: Arc<Http>, request: Request, sender: mpsc::Sender<Result<Piece, Failure>>) {
    let mut has_text = false;
    let first = answer(&http, &request, &sender, &mut has_text).await;
    let result = match first {
        Err(Trouble::Http(error)) if error.is_passing() && !has_text => {
            sleep(AGAIN_AFTER).await;
            answer(&http, &request, &sender, &mut has_text).await
        }
        result => result,
    };
    let last = match result {
        Ok((calls, usage)) => Ok(Piece::End(calls, usage)),
        Err(Trouble::Http(error)) => Err(MODEL.refused(&error)),
        Err(Trouble::Chat(error)) => Err(MODEL.failed(error)),
    };
    let _ = sender.send(last).await;
}

async fn answer(
    http: &Http,
    request: &Request,
    sender: &mpsc::Sender<Result<Piece, Failure>>,
    has_text: &mut bool,
) -> Result<(Vec<ToolCall>, Usage), Trouble> {
    let mut answer = http.send(request, LIMITS).await.map_err(Trouble::Http)?;
    let mut answering = Answering::default();
    while let Some(bytes) = answer.next().await.map_err(Trouble::Http)? {
        let text = answering.push(&bytes).map_err(Trouble::Chat)?;
        if !text.is_empty() {
            *has_text = true;
            let _ = sender.send(Ok(Piece::Text(text))).await;
        }
        if answering.is_done() {
            // The end of the body keeps the connection, but need not be waited for.
            tokio::spawn(async move { timeout(END_WITHIN, answer.next()).await });
            break;
        }
    }
    let (end, calls, usage) = answering.finish().map_err(Trouble::Chat)?;
    if !end.is_empty() {
        let _ = sender.send(Ok(Piece::Text(end))).await;
    }
    Ok((calls, usage))
}
