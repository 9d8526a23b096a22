//! A line whose other side follows a script; its time is the number of frames.

use std::{collections::VecDeque, sync::Arc};

use async_trait::async_trait;
use campanile_agent::{
    Agent, Brief, Care, Failure, Heard, Line, SpeechError, Voice, for_call,
    wire::{Connector, Http},
};
use campanile_egress::{Guard, Lookups, Reach};
use campanile_media::{FRAME_SAMPLES, g711::Law, playout::Playout, tone};
use campanile_rules::{
    agent::{AgentVersion, EngineKind, ScriptSettings, Secret, VoicemailAction},
    ids::{BatchId, RecipientId, WorkspaceId},
    phone::E164,
};

/// One act of the other side.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Stays silent for this many milliseconds.
    Wait(u32),
    /// Speaks for this many milliseconds.
    Speak(u32),
    /// Beeps for this many milliseconds.
    Beep(u32),
    /// Holds a tone of this frequency for this many milliseconds.
    Hold(u32, u32),
    /// Presses a digit.
    Press(char),
    /// Stays silent until the agent has spoken and stopped.
    HearOut,
    /// Stays silent until the agent has spoken for this many milliseconds.
    HearFor(u32),
    /// Hangs up.
    HangUp,
}

/// A scripted line. After the last act the other side is silent.
pub struct Stage {
    acts: VecDeque<Act>,
    sound: VecDeque<i16>,
    voice: tone::Noise,
    rhythm: u32,
    line_noise: tone::Noise,
    playout: Playout,
    heard_ms: u32,
    /// What left on the wire, in mu-law; silence where nothing was played.
    pub wire: Vec<u8>,
    /// When the agent's sound was played: begin and end in milliseconds.
    pub played_ms: Vec<(u64, u64)>,
    /// The digits that the agent pressed, and when.
    pub pressed: Vec<(char, u64)>,
    pub now_ms: u64,
}

impl Stage {
    pub fn new(acts: &[Act]) -> Stage {
        Stage {
            acts: acts.iter().copied().collect(),
            sound: VecDeque::new(),
            voice: tone::Noise::new(1, -19.3),
            rhythm: 1,
            line_noise: tone::Noise::new(2, -60.0),
            playout: Playout::new(Law::Mu),
            heard_ms: 0,
            wire: Vec::new(),
            played_ms: Vec::new(),
            pressed: Vec::new(),
            now_ms: 0,
        }
    }

    fn act(&mut self, agent_speaks: bool) -> Option<Option<char>> {
        let was_heard = self.heard_ms > 0;
        self.heard_ms = if agent_speaks { self.heard_ms + 20 } else { self.heard_ms };
        match self.acts.front().copied() {
            _ if !self.sound.is_empty() => return Some(None),
            None => {}
            Some(Act::HangUp) => return None,
            Some(Act::HearOut) if !was_heard || agent_speaks => return Some(None),
            Some(Act::HearFor(ms)) if self.heard_ms < ms => return Some(None),
            Some(Act::HearOut | Act::HearFor(_)) => self.heard_ms = 0,
            Some(Act::Wait(ms)) => self.sound.extend(vec![0; tone::samples_of_ms(ms)]),
            Some(Act::Beep(ms)) => self.sound.extend(tone::beep(1_000.0, ms, -18.0)),
            Some(Act::Hold(hz, ms)) => self.sound.extend(tone::beep(hz as f32, ms, -18.0)),
            Some(Act::Speak(ms)) => self.speak(ms),
            Some(Act::Press(digit)) => {
                self.acts.pop_front();
                return Some(Some(digit));
            }
        }
        self.acts.pop_front();
        Some(None)
    }

    /// Says syllables of different lengths, at -20 dB with the gaps between them.
    fn speak(&mut self, ms: u32) {
        let mut sound = vec![0; tone::samples_of_ms(ms)];
        self.voice.fill(&mut sound);
        let mut gap_ms = 150;
        while gap_ms + 150 < ms {
            sound[tone::samples_of_ms(gap_ms)..tone::samples_of_ms(gap_ms + 40)].fill(0);
            self.rhythm = self.rhythm.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            gap_ms += 150 + self.rhythm / (u32::MAX / 200);
        }
        self.sound.extend(sound);
    }

    fn play_20_ms(&mut self) -> bool {
        let pulled = self.playout.pull();
        let speaks = pulled.is_some();
        self.wire.extend(pulled.unwrap_or([Law::Mu.silence(); FRAME_SAMPLES]));
        if speaks {
            match self.played_ms.last_mut() {
                Some((_, end)) if *end == self.now_ms => *end += 20,
                _ => self.played_ms.push((self.now_ms, self.now_ms + 20)),
            }
        }
        speaks
    }
}

#[async_trait]
impl Line for Stage {
    async fn hear(&mut self) -> Option<Heard> {
        assert!(self.now_ms < 3_600_000, "this conversation never ends");
        let agent_speaks = self.play_20_ms();
        let digit = self.act(agent_speaks)?;
        let mut frame = [0; FRAME_SAMPLES];
        self.line_noise.fill(&mut frame);
        let len = self.sound.len().min(FRAME_SAMPLES);
        let sound: Vec<i16> = self.sound.drain(..len).collect();
        tone::mix(&mut frame, &sound);
        self.now_ms += 20;
        Some(Heard { frame, digit })
    }

    fn playout(&mut self) -> &mut Playout {
        &mut self.playout
    }

    fn press(&mut self, digit: char) {
        self.pressed.push((digit, self.now_ms));
    }
}

/// A test voice. It takes 100 ms a character, fails on “unspeakable”, never finishes “without end”,
/// and knows every voice but “mistyped”.
pub struct Hum;

#[async_trait]
impl Voice for Hum {
    async fn speak(&self, text: &str, voice: &str) -> Result<Arc<[i16]>, SpeechError> {
        if text.contains("unspeakable") {
            return Err(SpeechError::NoVoice { voice: voice.to_owned(), near: Vec::new() });
        }
        if text.contains("without end") {
            std::future::pending::<()>().await;
        }
        Ok(tone::Tone::sine(200.0, -20.0).take_ms(text.chars().count() as u32 * 100).into())
    }

    async fn knows(&self, _language: &str, voice: &str) -> Result<(), SpeechError> {
        match voice {
            "mistyped" => Err(SpeechError::NoVoice { voice: voice.to_owned(), near: Vec::new() }),
            _ => Ok(()),
        }
    }

    fn of(&self, _workspace: WorkspaceId) -> Arc<dyn Voice> {
        Arc::new(Hum)
    }
}

/// Returns the agent of a call.
pub fn agent(brief: &Brief, voice: impl Voice + 'static) -> Box<dyn Agent> {
    let connector = Arc::new(Connector::new(Guard::new(Reach::All, &Lookups::default())));
    let http = Arc::new(Http::new(connector.clone()));
    for_call(Arc::new(brief.clone()), Arc::new(voice), connector, http)
}

/// Opens an agent as for a call that is not the first of its batch.
pub async fn open(brief: &Brief) -> Result<(), Failure> {
    agent(brief, Hum).open(Care::Usual).await
}

/// Returns the script of a brief, to change it.
pub fn script(brief: &mut Brief) -> &mut ScriptSettings {
    match &mut brief.version.engine {
        EngineKind::Script(settings) => settings,
        _ => panic!("another engine"),
    }
}

/// The texts: “Good morning.” (1.3 s), “How are you?” (1.2 s), “Goodbye.” (0.8 s).
pub fn brief() -> Brief {
    Brief {
        version: AgentVersion {
            prompt: String::new(),
            first_message: "Good morning.".to_owned(),
            voicemail: VoicemailAction::HangUp,
            voicemail_message: "Please call us back.".to_owned(),
            variables: Default::default(),
            language: "en-US".to_owned(),
            voice: String::new(),
            engine: EngineKind::Script(ScriptSettings {
                lines: vec!["How are you?".to_owned()],
                steps: Vec::new(),
                goodbye: "Goodbye.".to_owned(),
                tts: None,
            }),
            ring_timeout_s: 30,
            max_duration_s: 600,
            silence_timeout_s: 20,
            voicemail_detection: true,
            interruptible: true,
            failure_message: String::new(),
            results: Vec::new(),
            tools: Vec::new(),
            transfer_to: Vec::new(),
        },
        call_id: "call-1".to_owned(),
        token: Secret::new("token-1"),
        workspace: WorkspaceId(1),
        batch: BatchId(1),
        recipient: RecipientId(1),
        attempt: 1,
        from_number: E164::parse_strict("+14155550100").unwrap(),
        to_number: E164::parse_strict("+14155550123").unwrap(),
        variables: Default::default(),
    }
}
