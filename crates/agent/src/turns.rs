//! The turns of an agent whose words are not known: when it was heard, and how soon it answered.

use campanile_media::amd::{FRAME_MS, Vad};

use crate::{Farewell, Latency, Note, Piece, Said, Supervised};

/// An agent that has been quiet for this long has finished its turn.
const TURN_END_MS: u64 = 700;

/// Writes `speech 1.4 s` into the transcript for what the agent says.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    turn: Option<Turn>,
    was_voiced: bool,
    /// When the person was heard to stop, until the agent answers.
    person_stopped_ms: Option<u64>,
}

/// A turn under way.
#[derive(Debug, Clone, Copy)]
struct Turn {
    number: u32,
    start_ms: u64,
    end_ms: u64,
}

impl Turns {
    /// Looks at the 20 ms of the line that have just passed.
    pub fn step(&mut self, line: &mut Supervised<'_>) {
        let is_voiced = line.is_voiced();
        if self.was_voiced && !is_voiced {
            self.person_stopped_ms = Some(line.now_ms().saturating_sub(Vad::LATE_END_MS.into()));
        }
        self.was_voiced = is_voiced;
        if line.playout().is_audible() {
            self.speaks(line, line.now_ms().saturating_sub(FRAME_MS.into()));
        } else if self.turn.is_some_and(|turn| line.now_ms() >= turn.end_ms + TURN_END_MS) {
            self.end(line);
        }
    }

    /// Ends the talk of an engine: what it said plays to its end, unless the line has ended.
    pub async fn finish(
        &mut self,
        line: &mut Supervised<'_>,
        end: Result<(), Farewell>,
    ) -> Result<(), Farewell> {
        let drained = match &end {
            Ok(()) | Err(Farewell::Failed(_)) => {
                let (start_ms, is_unsaid) = (line.now_ms(), line.playout().unsaid() > 0);
                let drained = line.drain().await;
                // What takes longer is not waited for again.
                line.playout().clear();
                if is_unsaid && line.now_ms() > start_ms {
                    self.speaks(line, start_ms);
                }
                drained
            }
            Err(_) => Ok(()),
        };
        self.end(line);
        match end {
            Ok(()) => drained,
            Err(end) => Err(end),
        }
    }

    /// The agent was heard until now, since `start_ms` if its turn begins with it.
    fn speaks(&mut self, line: &mut Supervised<'_>, start_ms: u64) {
        let end_ms = line.now_ms();
        if let Some(turn) = &mut self.turn {
            turn.end_ms = end_ms;
            return;
        }
        let turn = Turn { number: line.next_piece(), start_ms, end_ms };
        self.turn = Some(turn);
        line.write(turn.piece("speech".to_owned(), false));
        if let Some(stopped_ms) = self.person_stopped_ms.take() {
            line.note(Note::Latency(Latency {
                vad_end_ms: Some(stopped_ms),
                first_sample_ms: Some(start_ms),
                ..Latency::default()
            }));
        }
    }

    fn end(&mut self, line: &mut Supervised<'_>) {
        if let Some(turn) = self.turn.take() {
            let seconds = (turn.end_ms - turn.start_ms) as f64 / 1_000.0;
            line.write(turn.piece(format!("speech {seconds:.1} s"), true));
        }
    }
}

impl Turn {
    fn piece(self, text: String, is_final: bool) -> Piece {
        let said = Said { by_agent: true, text, start_ms: self.start_ms, end_ms: self.end_ms };
        Piece { number: self.number, said, is_final }
    }
}
