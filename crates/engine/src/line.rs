//! An answered call as the agent sees it: an implementation of the agent's [`Line`] over the call's
//! audio, with recording.

use async_trait::async_trait;
use campanile_agent::{Heard, Line};
use campanile_media::{amd::FRAME_MS, playout::Playout};
use campanile_telephony::CallAudio;

use crate::recordings::{Take, Tape};

/// The audio of one answered call.
pub(crate) struct CallLine {
    audio: CallAudio,
    take: Option<Take>,
    heard: u64,
}

impl CallLine {
    /// Creates a line, which is recorded if `take` is set.
    pub fn new(audio: CallAudio, take: Option<Take>) -> CallLine {
        CallLine { audio, take, heard: 0 }
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
        let (frame, digit) = self.audio.hear().await?;
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
