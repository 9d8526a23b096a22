//! An answered call as the agent sees it: telephony's audio behind the agent's [`Line`], recorded
//! on the way.

use async_trait::async_trait;
use campanile_agent::{Heard, Line};
use campanile_telephony::CallAudio;

use crate::recordings::{Take, Tape};

/// The audio of one answered call.
pub(crate) struct CallLine {
    audio: CallAudio,
    take: Option<Take>,
}

impl CallLine {
    /// A line that is recorded if there is a take.
    pub fn new(audio: CallAudio, take: Option<Take>) -> CallLine {
        CallLine { audio, take }
    }

    /// Ends the line; its recording, if it was recorded.
    pub fn end(self) -> Option<Tape> {
        self.take.and_then(Take::end)
    }
}

#[async_trait]
impl Line for CallLine {
    async fn hear(&mut self) -> Option<Heard> {
        let (frame, digit) = self.audio.hear().await?;
        if let Some(take) = &mut self.take {
            take.step(&frame, self.audio.said());
        }
        Some(Heard { frame, digit })
    }

    fn play(&mut self, sound: &[i16]) {
        self.audio.play(sound);
    }

    fn unplayed(&self) -> usize {
        self.audio.unplayed()
    }

    fn clear(&mut self) {
        self.audio.clear();
    }

    fn press(&mut self, digit: char) {
        self.audio.press(digit);
    }
}
