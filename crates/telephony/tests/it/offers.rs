//! Session descriptions offered, answered and changed within a call (RFC 3264, RFC 6337).

use std::net::UdpSocket;

use campanile_rules::attempt::{EndReason as R, Outcome as O, Party};
use campanile_sip::EndKind;

use crate::{
    keys::Line,
    network::{PATIENCE, dial, ended, endpoint, meaning, trunk},
    peer::{Got, Peer, sdp},
};

const EMPTY: &str = "Content-Length: 0\r\n\r\n";

fn with_body(kind: &str, body: &str) -> String {
    format!("Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn ear() -> UdpSocket {
    let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
    ear.set_read_timeout(Some(PATIENCE)).unwrap();
    ear
}

fn sound_at(ear: &UdpSocket) -> String {
    sdp(ear.local_addr().unwrap())
}

impl Line {
    async fn sends(&self, method: &str, cseq: u32, rest: &str) -> (u16, Got) {
        self.peer.ask(&self.invite, "a", (method, cseq), rest).await;
        self.peer.told().await
    }

    /// Returns the payload type of the next sound that reaches `ear`.
    async fn number_at(&mut self, ear: &UdpSocket) -> u8 {
        let mut buffer = [0; 2_048];
        ear.set_nonblocking(true).unwrap();
        while ear.recv(&mut buffer).is_ok() {}
        self.hear(2).await;
        ear.recv(&mut buffer).expect("sound comes here");
        buffer[1] & 0x7f
    }

    async fn gets_hung_up(mut self) -> EndKind {
        let bye = self.peer.wait_for("BYE").await;
        self.peer.respond(&bye, "200 OK", "", "").await;
        let end = ended(&mut self.call).await;
        assert_eq!(meaning(&end), (O::Completed, R::NetworkFailure));
        end.kind
    }

    async fn hangs_up(mut self) {
        self.call.hang_up(Party::Agent).await;
        let bye = self.peer.wait_for("BYE").await;
        self.peer.respond(&bye, "200 OK", "", "").await;
        assert_eq!(meaning(&ended(&mut self.call).await), (O::Completed, R::AgentDisconnected));
    }
}

/// Returns session number and version of a description.
fn origin(text: &str) -> (u64, u32) {
    let line = text.lines().find_map(|line| line.strip_prefix("o=- ")).expect("a description");
    let mut words = line.split(' ');
    let mut next = || words.next().unwrap();
    (next().parse().unwrap(), next().parse().unwrap())
}

#[tokio::test]
async fn an_answer_in_the_ack_of_an_offerless_change_is_used() {
    let mut line = Line::open(endpoint(1_000).await).await;
    let (code, offer) = line.sends("INVITE", 1, EMPTY).await;
    assert_eq!(code, 200);
    assert!(offer.text.contains(" RTP/AVP 0 8 101\r\n"), "all that we speak: {}", offer.text);
    // While our offer waits for its answer, we take no other offer.
    let elsewhere = ear();
    let change = with_body("application/sdp", &sound_at(&elsewhere));
    assert_eq!(line.sends("UPDATE", 2, &change).await.0, 491);
    let answer = sound_at(&elsewhere).replace("AVP 0", "AVP 8") + "a=sendrecv\r\n";
    let ack = with_body("application/sdp", &answer);
    line.peer.ask(&line.invite, "a", ("ACK", 1), &ack).await;
    assert_eq!(line.sends("OPTIONS", 3, EMPTY).await.0, 200);
    assert_eq!(line.number_at(&elsewhere).await, 8, "its port and its codec");
    // A change of direction counts as a change, too.
    assert_eq!(line.sends("INVITE", 4, EMPTY).await.0, 200);
    let held = with_body("application/sdp", &(sound_at(&elsewhere) + "a=inactive\r\n"));
    line.peer.ask(&line.invite, "a", ("ACK", 4), &held).await;
    assert_eq!(line.sends("OPTIONS", 5, EMPTY).await.0, 200);
    line.hear(2).await;
    let mut buffer = [0; 2_048];
    while elsewhere.recv(&mut buffer).is_ok() {}
    line.hear(3).await;
    assert!(elsewhere.recv(&mut buffer).is_err(), "it is on hold");
    line.hangs_up().await;
}

#[tokio::test]
async fn an_offerless_change_without_an_answer_ends_the_call() {
    let g729 = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 18\r\n";
    for ack in [EMPTY.to_owned(), with_body("application/sdp", g729), with_body("text/plain", "v")]
    {
        let line = Line::open(endpoint(1_000).await).await;
        assert_eq!(line.sends("INVITE", 1, EMPTY).await.0, 200);
        line.peer.ask(&line.invite, "a", ("ACK", 1), &ack).await;
        assert_eq!(line.gets_hung_up().await, EndKind::Abandoned, "{ack}");
    }
}

#[tokio::test]
async fn the_version_grows_when_our_description_changes_and_only_then() {
    let line = Line::open(endpoint(1_000).await).await;
    let (session, first) = origin(&line.invite.text);
    let normal = sound_at(&line.ear);
    let held = format!("{normal}a=sendonly\r\n");
    let mut cseq = 0;
    let mut versions = vec![first];
    for body in [&normal, &normal, &held, &held, &normal] {
        cseq += 1;
        let (code, answer) = line.sends("UPDATE", cseq, &with_body("application/sdp", body)).await;
        assert_eq!((code, origin(&answer.text).0), (200, session));
        versions.push(origin(&answer.text).1);
    }
    let grown = |n: u32| first + n;
    // The first answer names one codec although the offer named two.
    assert_eq!(versions, [grown(0), grown(1), grown(1), grown(2), grown(2), grown(3)]);
    let (_, offer) = line.sends("INVITE", cseq + 1, EMPTY).await;
    assert_eq!(origin(&offer.text), (session, grown(4)));
    line.peer
        .ask(&line.invite, "a", ("ACK", cseq + 1), &with_body("application/sdp", &normal))
        .await;
    line.hangs_up().await;
}

#[tokio::test]
async fn a_law_under_a_dynamic_number_is_sent_and_heard_under_it() {
    for (name, loud) in [("PCMU", 0x80), ("pcma", 0xaa)] {
        let mut line = Line::open_with(endpoint(1_000).await, |body| {
            let (head, _) = body.split_once(" 0 101").unwrap();
            format!(
                "{head} 96 97\r\na=rtpmap:96 {name}/8000\r\na=rtpmap:97 telephone-event/8000\r\n"
            )
        })
        .await;
        let ear = line.ear.try_clone().unwrap();
        assert_eq!(line.number_at(&ear).await, 96);
        let mut loudest = 0;
        for n in 0..8u8 {
            let mut packet = vec![0x80, 96, 0, n, 0, 0, 0, 0, 0, 0, 0, 7];
            packet[4..8].copy_from_slice(&(u32::from(n) * 160).to_be_bytes());
            packet.extend([loud; 160]);
            ear.send_to(&packet, line.mouth()).unwrap();
            let (frame, _) = line.audio.hear().await.unwrap();
            loudest = frame.iter().fold(loudest, |most, sample| most.max(sample.unsigned_abs()));
        }
        assert!(loudest > 10_000, "{name}: {loudest}");
        // An offer under that payload type is answered under it.
        let offer =
            format!("{}a=rtpmap:96 {name}/8000\r\n", sound_at(&ear).replace("AVP 0 101", "AVP 96"));
        let (code, answer) = line.sends("UPDATE", 1, &with_body("application/sdp", &offer)).await;
        assert!(
            code == 200 && answer.text.contains("RTP/AVP 96 101\r\na=rtpmap:96 PCM"),
            "{}",
            answer.text
        );
        line.hangs_up().await;
    }
}

#[tokio::test]
async fn a_description_among_other_parts_is_read() {
    let parts = |body: &str| {
        format!(
            "preamble\r\n--x-1\r\nContent-Type: application/isup\r\n\r\n\u{1}\u{2}\r\n--x-1\r\n\
             content-type: Application/SDP\r\n\r\n{body}\r\n--x-1--\r\n"
        )
    };
    let (peer, sip, ear) = (Peer::start().await, endpoint(1_000).await, ear());
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    let body = parts(sound_at(&ear).trim_end());
    let text = crate::peer::response(&invite, peer.at, ("200 OK", "a"), &body).replace(
        "application/sdp\r\nContent-Length",
        "multipart/mixed; boundary=\"x-1\"\r\nContent-Length",
    );
    peer.send(invite.from, text.as_bytes()).await;
    let (_, mut audio) = crate::network::answered(&mut call).await;
    audio.hear().await.expect("nobody hung up");
    let mut buffer = [0; 2_048];
    ear.recv(&mut buffer).expect("sound comes where the part says");
    peer.wait_for("ACK").await;
    // Other content is refused by its type and changes nothing.
    peer.ask(&invite, "a", ("INVITE", 1), &with_body("application/isup", "x")).await;
    let (code, refusal) = peer.told().await;
    assert_eq!((code, refusal.header("Accept")), (415, "application/sdp"));
}

#[tokio::test]
async fn other_lines_are_refused_in_their_places_for_good() {
    let line = Line::open(endpoint(1_000).await).await;
    let port = line.ear.local_addr().unwrap().port();
    let offer = format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\na=recvonly\r\n\
         m=video 5000 RTP/AVP 99\r\na=inactive\r\nm=audio 5002 RTP/AVP 18\r\n\
         m=audio {port} RTP/AVP 8 0\r\na=ptime:30"
    );
    let (code, answer) = line.sends("INVITE", 1, &with_body("application/sdp", &offer)).await;
    let lines = |got: &Got| {
        let lines = got.text.lines().filter(|line| line.starts_with("m="));
        lines.map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let ours = line.mouth().port();
    let wanted = ["m=video 0".to_owned(), "m=audio 0".to_owned(), format!("m=audio {ours}")];
    assert_eq!((code, lines(&answer)), (200, wanted.to_vec()));
    assert!(answer.text.ends_with("a=sendonly\r\n"), "{}", answer.text);
    line.peer.ask(&line.invite, "a", ("ACK", 1), EMPTY).await;
    let (code, offer) = line.sends("INVITE", 2, EMPTY).await;
    assert_eq!((code, lines(&offer)), (200, wanted.to_vec()));
    let answer = sound_at(&line.ear);
    let (head, sound) = answer.split_at(answer.find("m=").unwrap());
    let answer = format!("{head}m=video 0 RTP/AVP 99\r\nm=audio 0 RTP/AVP 18\r\n{sound}");
    line.peer.ask(&line.invite, "a", ("ACK", 2), &with_body("application/sdp", &answer)).await;
    line.hangs_up().await;
}

#[tokio::test]
async fn two_changes_at_once_give_way_to_each_other() {
    let extra = "200 OK\r\nSession-Expires: 2;refresher=uac";
    let (peer, sip, ear) = (Peer::start().await, endpoint(500).await, ear());
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    peer.respond(&invite, extra, "a", &sound_at(&ear)).await;
    let (_, _audio) = crate::network::answered(&mut call).await;
    let refresh = peer.wait_for("INVITE").await;
    assert_eq!(origin(&refresh.text).0, origin(&invite.text).0);
    // Both sides send a request at once: each answers 491, and later both succeed.
    let change = with_body("application/sdp", &sound_at(&ear));
    peer.ask(&invite, "a", ("INVITE", 1), &change).await;
    assert_eq!(peer.told().await.0, 491);
    peer.respond(&refresh, "491 Request Pending", "a", "").await;
    peer.wait_for("ACK").await;
    peer.ask(&invite, "a", ("INVITE", 2), &change).await;
    assert_eq!(peer.told().await.0, 200);
    peer.ask(&invite, "a", ("ACK", 2), EMPTY).await;
    call.hang_up(Party::Agent).await;
    let bye = peer.wait_for("BYE").await;
    peer.respond(&bye, "481 Gone", "", "").await;
    assert_eq!(meaning(&ended(&mut call).await), (O::Completed, R::AgentDisconnected));
}
