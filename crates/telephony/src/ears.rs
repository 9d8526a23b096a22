//! Detection of DTMF tones in the sound, for trunks that send digits in no other way. It is always
//! on, because many gateways agree to telephone events and still send tones. The echo of a tone
//! that we sent is not a press.

use campanile_media::{Frame, inband::InbandReceiver};

use crate::digits::{Digits, Source};

/// An echo may arrive up to this many steps of 20 ms later: 1.5 s.
const ECHO: u32 = 75;

/// Detects tones in the sound of both sides.
#[derive(Debug, Default)]
pub(crate) struct Ears {
    theirs: InbandReceiver,
    ours: InbandReceiver,
    /// The digits that we sent as tones, and the steps since.
    said: Vec<(char, u32)>,
}

impl Ears {
    /// Takes the sound received and the sound sent in one step, and adds the presses to `digits`.
    pub fn listen(&mut self, heard: &Frame, said: &Frame, digits: &mut Digits) {
        self.note_ours(said);
        if let Some(digit) = self.theirs.push(heard)
            && !self.is_echo(digit)
        {
            digits.push(digit, Source::Tone);
        }
        if let Some(digit) = self.theirs.held() {
            digits.sounds(digit);
        }
    }

    fn note_ours(&mut self, said: &Frame) {
        self.said.iter_mut().for_each(|(_, steps)| *steps += 1);
        self.said.retain(|(_, steps)| *steps <= ECHO);
        self.ours.push(said);
        if let Some(digit) = self.ours.held() {
            self.said.retain(|(known, _)| *known != digit);
            self.said.push((digit, 0));
        }
    }

    fn is_echo(&self, digit: char) -> bool {
        self.said.iter().any(|(said, _)| *said == digit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use campanile_media::{
        FRAME_SAMPLES,
        tone::{SILENCE, Tone},
    };

    /// Returns the digits detected in frames received and sent.
    fn told(steps: &[(Frame, Frame)]) -> String {
        let (mut ears, mut digits) = (Ears::default(), Digits::default());
        let tell = |(heard, said): &(Frame, Frame)| {
            ears.listen(heard, said, &mut digits);
            digits.pop()
        };
        steps.iter().filter_map(tell).collect()
    }

    fn pressed(digit: char, dbfs: f32) -> Vec<Frame> {
        let sound = Tone::dtmf(digit, dbfs).unwrap().take_ms(100);
        sound.chunks_exact(FRAME_SAMPLES).map(|frame| Frame::try_from(frame).unwrap()).collect()
    }

    #[test]
    fn the_echo_of_our_own_tones_is_no_press() {
        let mut steps = vec![(SILENCE, SILENCE); 200];
        for (at, frame) in pressed('9', -9.0).into_iter().enumerate() {
            steps[5 + at].1 = frame;
        }
        for after in [0, 10, 40] {
            let mut echoed = steps.clone();
            for (at, frame) in pressed('9', -24.0).into_iter().enumerate() {
                echoed[5 + after + at].0 = frame;
            }
            assert_eq!(told(&echoed), "", "{after} steps later");
        }
        // A different digit, or the same digit long after, is a press.
        for (digit, after) in [('1', 10), ('9', 120)] {
            let mut answered = steps.clone();
            for (at, frame) in pressed(digit, -20.0).into_iter().enumerate() {
                answered[5 + after + at].0 = frame;
            }
            assert_eq!(told(&answered), String::from(digit));
        }
    }
}
