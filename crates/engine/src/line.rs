//! An answered call as the agent sees it: telephony's audio behind the agent's [`Line`].

use async_trait::async_trait;
use campanile_agent::{Heard, Line};
use campanile_telephony::CallAudio;

/// The audio of one answered call.
pub(crate) struct CallLine(pub CallAudio);

#[async_trait]
impl Line for CallLine {
    async fn hear(&mut self) -> Option<Heard> {
        let (frame, digit) = self.0.hear().await?;
        Some(Heard { frame, digit })
    }

    fn play(&mut self, sound: &[i16]) {
        self.0.play(sound);
    }

    fn unplayed(&self) -> usize {
        self.0.unplayed()
    }

    fn clear(&mut self) {
        self.0.clear();
    }

    fn press(&mut self, digit: char) {
        self.0.press(digit);
    }
}
