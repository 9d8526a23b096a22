//! An answered call as the agent sees it: an implementation of the agent's [`Line`] over the call's
//! audio, with recording.

use async_trait::async_trait;
use campanile_agent::{Heard, Line};
use campanile_media::{amd::FRAME_MS, playout::Playout};
use campanile_telephony::CallAudio;

use tokio::sync::watch;

use crate::{
    call::told,
    recordings::{Take, Tape},
};

/// The audio of one answered call.
pub(crate) struct CallLine {
    audio: CallAudio,
    take: Option<Take>,
    heard: u64,
    /// Becomes true when every call must be hung up.
    hang_up: watch::Receiver<bool>,
    was_stopped: bool,
}

impl CallLine {
    /// Creates a line, which is recorded if `take` is set and ends when `hang_up` becomes true.
    pub fn new(audio: CallAudio, take: Option<Take>, hang_up: watch::Receiver<bool>) -> CallLine {
        CallLine { audio, take, heard: 0, hang_up, was_stopped: false }
    }

    /// Whether the line has ended because every call must be hung up.
    pub fn was_stopped(&self) -> bool {
        self.was_stopped
    }

    /// Returns the time since the answer in milliseconds, as the sound counts it.
    pub fn now_ms(&self) -> u64 {
        self.heard * u64::from(FRAME_MS)
    }

    /// Ends the line. Returns its recording, if there is one.
    pub fn end(self) -> Option<Tape> {
        self.take.and_then(Take::end)
    }
}

#[async_trait]
impl Line for CallLine {
    async fn hear(&mut self) -> Option<Heard> {
        let heard = tokio::select! {
            biased;
            () = told(&mut self.hang_up) => {
                self.was_stopped = true;
                None
            }
            heard = self.audio.hear() => heard,
        };
        let (frame, digit) = heard?;
        self.heard += 1;
        if let Some(take) = &mut self.take {
            take.step(&frame, self.audio.said());
        }
        Some(Heard { frame, digit })
    }

    fn playout(&mut self) -> &mut Playout {
        self.audio.playout()
    }

    fn press(&mut self, digit: char) {
        self.audio.press(digit);
    }
}
