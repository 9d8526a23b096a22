//! The courier does not connect to addresses behind the firewall.

use std::net::TcpListener;

use campanile_egress::{Guard, Lookups, Reach};
use campanile_webhooks::{Message, Poster};

fn message(url: &str) -> Message<'_> {
    Message { url, id: "msg_1", timestamp_s: 1, signature: "v1,x", body: "{}" }
}

fn poster(allow_private: bool) -> Poster {
    let reach = Reach::of("webhooks_allow_private", allow_private);
    Poster::new(Guard::new(reach, &Lookups::default()))
}

#[tokio::test]
async fn a_private_address_is_never_connected_to_whatever_it_is_called() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let poster = poster(false);
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0.0.0.0"] {
        let url = format!("http://{host}:{port}/");
        let refused = poster.send(&message(&url)).await.expect_err(host);
        let words = refused.to_string();
        assert!(words.contains("public Internet") || words.contains("host"), "{host}: {words}");
    }
    let came = listener.accept();
    assert!(came.is_err_and(|e| e.kind() == std::io::ErrorKind::WouldBlock), "somebody came");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let receiver = campanile_testkit::Receiver::start(|_| 302);
    let poster = poster(true);
    let status = poster.send(&message(&receiver.url())).await.expect("an answer");
    assert_eq!(status, 302);
    assert_eq!(receiver.posts().len(), 1);
}
