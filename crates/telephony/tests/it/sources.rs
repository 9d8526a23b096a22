//! The source of the sound: it may move during a call, and not everything on the port is sound.

use std::net::UdpSocket;

use campanile_media::rtp::RtpHeader;

use crate::{keys::Line, network::endpoint, peer::sdp};

/// G.711 µ-law: the loudest sample, and silence.
const LOUD: u8 = 0x80;
const QUIET: u8 = 0xff;

/// A stream of the far end.
struct Stream {
    header: RtpHeader,
}

impl Stream {
    fn new(ssrc: u32) -> Stream {
        let header =
            RtpHeader { marker: false, payload_type: 0, sequence: 65_500, timestamp: 0, ssrc };
        Stream { header }
    }

    /// Sends one packet per step and returns how loud the sound was.
    async fn plays(&mut self, line: &mut Line, from: &UdpSocket, (value, steps): (u8, u32)) -> i16 {
        let mut loudest = 0;
        for _ in 0..steps {
            let mut packet = [0; 172];
            self.header.write(&[value; 160], &mut packet).unwrap();
            self.header.sequence = self.header.sequence.wrapping_add(1);
            self.header.timestamp = self.header.timestamp.wrapping_add(160);
            from.send_to(&packet, line.mouth()).unwrap();
            let (frame, _) = line.audio.hear().await.expect("nobody hung up");
            loudest = frame.iter().copied().fold(loudest, i16::max);
        }
        loudest
    }
}

fn socket(ip: &str) -> UdpSocket {
    let socket = UdpSocket::bind(format!("{ip}:0")).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

fn gets_sound(socket: &UdpSocket) -> bool {
    socket.recv(&mut [0; 2_048]).is_ok()
}

#[tokio::test]
async fn sound_that_goes_on_from_another_port_is_followed() {
    let mut line = Line::open(endpoint(1_000).await).await;
    let (ear, mut stream) = (line.ear.try_clone().unwrap(), Stream::new(7));
    stream.plays(&mut line, &ear, (QUIET, 20)).await;
    // The router lost its translation: the source gets another port, then another address.
    for ip in ["127.0.0.1", "127.0.0.2"] {
        let moved = socket(ip);
        assert!(stream.plays(&mut line, &moved, (LOUD, 30)).await > 10_000, "{ip}");
        assert!(gets_sound(&moved), "ours goes where theirs comes from");
        stream.plays(&mut line, &moved, (QUIET, 20)).await;
    }
    // A media server took over: another stream comes from another port of the same machine.
    let server = socket("127.0.0.1");
    let mut other = Stream::new(8);
    assert!(other.plays(&mut line, &server, (LOUD, 60)).await > 10_000);
    assert!(gets_sound(&server));
}

#[tokio::test]
async fn who_does_not_know_the_stream_takes_no_call_over() {
    let mut line = Line::open(endpoint(1_000).await).await;
    let (ear, mut stream) = (line.ear.try_clone().unwrap(), Stream::new(7));
    stream.plays(&mut line, &ear, (QUIET, 5)).await;
    let (stranger, neighbour) = (socket("127.0.0.2"), socket("127.0.0.1"));
    // The far end is silent, as on hold: a stranger's stream is not taken for it.
    assert_eq!(Stream::new(9).plays(&mut line, &stranger, (LOUD, 80)).await, 0);
    // The far end speaks: no other source is accepted, even with the right SSRC and sequence.
    let mut guess = Stream::new(7);
    guess.header.sequence = stream.header.sequence;
    for _ in 0..40 {
        assert_eq!(stream.plays(&mut line, &ear, (QUIET, 1)).await, 0);
        assert_eq!(guess.plays(&mut line, &neighbour, (LOUD, 1)).await, 0);
    }
    assert!(!gets_sound(&stranger) && !gets_sound(&neighbour));
}

#[tokio::test]
async fn what_is_still_on_its_way_does_not_hold_a_moved_sound() {
    let mut line = Line::open(endpoint(1_000).await).await;
    let (ear, mut stream) = (line.ear.try_clone().unwrap(), Stream::new(7));
    stream.plays(&mut line, &ear, (QUIET, 5)).await;
    let (described, real) = (socket("127.0.0.1"), socket("127.0.0.1"));
    let body = sdp(described.local_addr().unwrap());
    assert_eq!(line.ask("UPDATE", 1, ("application/sdp", &body)).await, 200);
    // Two more packets come from the old port; the new source differs from the described one.
    stream.plays(&mut line, &ear, (QUIET, 2)).await;
    assert!(gets_sound(&described));
    assert!(stream.plays(&mut line, &real, (LOUD, 10)).await > 10_000);
    assert!(gets_sound(&real));
}

#[tokio::test]
async fn what_is_no_sound_on_the_port_is_passed_over_and_every_dress_is_read() {
    let mut line = Line::open(endpoint(1_000).await).await;
    let (ear, mut stream) = (line.ear.try_clone().unwrap(), Stream::new(7));
    let stun = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    let rtcp = [&[0x80, 200, 0, 6][..], &[7; 24]].concat();
    let dtls = [22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for noise in [&stun[..], &rtcp, &dtls, &[], &[0x80], &[0x80, 13, 0, 1]] {
        socket("127.0.0.1").send_to(noise, line.mouth()).unwrap();
        ear.send_to(noise, line.mouth()).unwrap();
        assert_eq!(stream.plays(&mut line, &ear, (QUIET, 1)).await, 0);
    }
    assert!(stream.plays(&mut line, &ear, (LOUD, 10)).await > 10_000);
    stream.plays(&mut line, &ear, (QUIET, 10)).await;
    // Comfort noise, another SSRC, and packets with padding, extension and contributing sources.
    for (n, dress) in ["comfort noise", "ssrc", "padding", "extension", "csrc"].iter().enumerate() {
        let mut heard = 0;
        let mut other = Stream::new(20 + n as u32);
        for _ in 0..10 {
            let mut packet = vec![0; 172];
            other.header.write(&[LOUD; 160], &mut packet).unwrap();
            match *dress {
                "comfort noise" => {
                    let quiet = RtpHeader { payload_type: 13, sequence: 9, ..other.header };
                    let mut packet = [0; 13];
                    quiet.write(&[60], &mut packet).unwrap();
                    ear.send_to(&packet, line.mouth()).unwrap();
                }
                "padding" => {
                    packet[0] |= 0x20;
                    packet.extend([0, 0, 0, 4]);
                }
                "extension" => {
                    packet[0] |= 0x10;
                    packet.splice(12..12, [0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
                }
                "csrc" => {
                    packet[0] |= 2;
                    packet.splice(12..12, [1; 8]);
                }
                _ => {}
            }
            other.header.sequence = other.header.sequence.wrapping_add(1);
            other.header.timestamp = other.header.timestamp.wrapping_add(160);
            ear.send_to(&packet, line.mouth()).unwrap();
            let (frame, _) = line.audio.hear().await.expect("nobody hung up");
            heard = frame.iter().copied().fold(heard, i16::max);
        }
        assert!(heard > 10_000, "{dress}");
        stream.plays(&mut line, &ear, (QUIET, 10)).await;
    }
}
