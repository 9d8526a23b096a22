//! The sound that the sandbox sends and receives.

use std::net::SocketAddr;
use std::time::Duration;

use campanile_media::FRAME_SAMPLES;
use campanile_media::dtmf::DtmfSender;
use campanile_media::g711::Law;
use campanile_media::rtp::{RtpPacket, RtpSender};
use campanile_media::tone::{SILENCE, Tone, level_dbfs};
use campanile_media::wav;
use campanile_sandbox::{Sandbox, SandboxConfig};
use tokio::time::timeout;

use crate::phone::{Heard, Phone, records, sandbox};

/// The sound of one call in step with the sandbox: it sends one frame for each one received.
struct Sound<'a> {
    phone: &'a Phone,
    remote: SocketAddr,
    sender: RtpSender,
}

impl<'a> Sound<'a> {
    fn of(phone: &'a Phone, answer: &Heard) -> Sound<'a> {
        let remote = SocketAddr::new(phone.sandbox.ip(), answer.rtp_port());
        Sound { phone, remote, sender: RtpSender::new(9, 1, 1_000) }
    }

    async fn send(&mut self, payload_type: u8, timestamp: u32, payload: &[u8]) {
        let mut packet = [0u8; 200];
        let header = self.sender.header_at(payload_type, false, timestamp);
        let len = header.write(payload, &mut packet).unwrap();
        self.phone.rtp.send_to(&packet[..len], self.remote).await.unwrap();
    }

    async fn say(&mut self, frame: &[i16; FRAME_SAMPLES]) {
        let payload = Law::Mu.encode_frame(frame);
        self.send(0, self.sender.timestamp(), &payload).await;
        self.sender.advance(FRAME_SAMPLES as u32);
    }

    /// Returns level and samples of the next frame.
    async fn hear(&mut self) -> (f32, Vec<i16>) {
        let mut datagram = [0u8; 400];
        let received = timeout(Duration::from_secs(5), self.phone.rtp.recv(&mut datagram)).await;
        let len = received.expect("no sound comes").unwrap();
        let packet = RtpPacket::parse(&datagram[..len]).unwrap();
        let mut samples = vec![0; FRAME_SAMPLES];
        assert_eq!(Law::Mu.decode_into(packet.payload, &mut samples), FRAME_SAMPLES);
        (level_dbfs(&samples), samples)
    }

    /// Stays silent until the other side is loud (or quiet for 300 ms); returns the number of
    /// frames before.
    async fn wait(&mut self, for_speech: bool, most: usize) -> usize {
        let mut quiet = 0;
        for n in 0..most {
            self.say(&SILENCE).await;
            let is_loud = self.hear().await.0 > -45.0;
            quiet = if is_loud { 0 } else { quiet + 1 };
            if for_speech && is_loud || !for_speech && quiet >= 15 {
                return n;
            }
        }
        panic!("waited {most} frames for speech: {for_speech}");
    }
}

#[tokio::test]
async fn a_person_says_hello_and_replies_when_spoken_to() {
    let sandbox = sandbox(1.0);
    let mut phone = Phone::new(&sandbox, "+14155550107").await;
    let answer = phone.call_and_ack().await;
    {
        let mut sound = Sound::of(&phone, &answer);
        sound.wait(true, 60).await;
        sound.wait(false, 150).await;
        let mut voice = Tone::sine(300.0, -15.0);
        for _ in 0..60 {
            let mut frame = SILENCE;
            voice.fill(&mut frame);
            sound.say(&frame).await;
            assert!(sound.hear().await.0 < -45.0, "a person listens while spoken to");
        }
        let reply = sound.wait(true, 100).await;
        assert!(reply >= 25, "a reply {reply} frames after the caller's turn");
    }
    assert_eq!(phone.ask("BYE", "").await.status(), 200);
    assert_eq!(records(&sandbox, 1).await[0].events, ["ack", "bye-in"]);
}

#[tokio::test]
async fn a_mailbox_greets_beeps_and_records() {
    let dir = tempfile::tempdir().unwrap();
    let record = Some(dir.path().to_owned());
    let config = SandboxConfig { record, time_scale: 0.1, ..SandboxConfig::default() };
    let sandbox = Sandbox::start(config).unwrap();
    let mut phone = Phone::new(&sandbox, "+14155550165").await;
    let answer = phone.call_and_ack().await;
    let mut sound = Sound::of(&phone, &answer);
    let mut frames: Vec<f32> = Vec::new();
    let mut beep = Vec::new();
    // The beep is the first steady tone: each of its frames has 20 periods of 1 kHz.
    while beep.len() < 15 {
        assert!(frames.len() < 600, "no beep");
        sound.say(&SILENCE).await;
        let (level, samples) = sound.hear().await;
        let rises = samples.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
        frames.push(level);
        if level > -20.0 && (19..=20).contains(&rises) {
            beep.push(frames.len());
        } else {
            beep.clear();
        }
    }
    let first = frames.iter().position(|&level| level > -45.0).unwrap();
    let greeting_s = (beep[0] - first) as f32 / 50.0;
    assert!((4.0..=8.2).contains(&greeting_s), "the beep came {greeting_s} s after the voice");
    sound.wait(false, 60).await;
    let mut message = Tone::sine(440.0, -10.0);
    for _ in 0..50 {
        let mut frame = SILENCE;
        message.fill(&mut frame);
        sound.say(&frame).await;
        assert!(sound.hear().await.0 < -45.0, "a mailbox is silent after its beep");
    }
    sound.wait(false, 60).await;
    phone.ask("BYE", "").await;
    let record = &records(&sandbox, 1).await[0];
    let name = record.events.iter().find_map(|e| e.strip_prefix("recorded=")).unwrap();
    assert_eq!(record.events[..2], ["ack", "bye-in"]);
    let recorded = wav::read(&dir.path().join(name), 60).unwrap();
    let loud = recorded.chunks(160).filter(|frame| level_dbfs(frame) > -20.0).count();
    assert!((45..=55).contains(&loud), "{loud} frames of the message were recorded");
}

#[tokio::test]
async fn digits_are_in_the_record() {
    let sandbox = sandbox(1.0);
    let mut phone = Phone::new(&sandbox, "+14155550111").await;
    let answer = phone.call_and_ack().await;
    {
        let mut sound = Sound::of(&phone, &answer);
        let mut digits = DtmfSender::new();
        assert!("42#".chars().all(|digit| digits.queue(digit)));
        while digits.is_sending() {
            if let Some(event) = digits.tick(sound.sender.timestamp()) {
                sound.send(101, event.timestamp, &event.payload).await;
            }
            sound.sender.advance(FRAME_SAMPLES as u32);
            sound.hear().await;
        }
        sound.hear().await;
        sound.hear().await;
    }
    phone.ask("BYE", "").await;
    assert_eq!(records(&sandbox, 1).await[0].events, ["ack", "bye-in", "digits=42#"]);
}

#[tokio::test]
async fn an_offer_may_come_with_the_ack() {
    let sandbox = sandbox(0.1);
    let mut phone = Phone::new(&sandbox, "+14155550112").await;
    phone.send(&phone.request("INVITE", 1, "")).await;
    let answer = phone.hear().await;
    phone.to_header = answer.header("To").to_owned();
    phone.branch += 1;
    phone.send(&phone.request("ACK", 1, &phone.sdp())).await;
    Sound::of(&phone, &answer).wait(true, 60).await;
    phone.answer_bye().await;
}
