//! Connections to servers that are there, are not, or are something else.

use std::{
    net::{SocketAddr, TcpListener as StdListener},
    sync::Arc,
};

use campanile_agent::wire::{
    Connect as _, ConnectError, Connector, Doing, Protocol, Socket, check_url, twilio::signature,
};
use campanile_egress::{Guard, Lookups, Reach, Unreachable};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::Instant,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};
use tokio_tungstenite::accept_async;

const CERTIFICATE: &[u8] = include_bytes!("certificate/localhost.pem");
const KEY: &[u8] = include_bytes!("certificate/key.pem");
const PUBLIC: Reach = Reach::Public { unless: "agents_allow_private" };

fn connector(reach: Reach) -> Connector {
    Connector::new(Guard::new(reach, &Lookups::default()))
}

async fn connect(url: &str) -> Result<Socket, ConnectError> {
    connector(Reach::All).connect(url, &[]).await
}

/// Starts a server that takes one connection, reads what comes first, and hands it over with the
/// connection.
async fn server() -> (SocketAddr, JoinHandle<(String, TcpStream)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let first = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut first = vec![0; 4_096];
        let len = stream.read(&mut first).await.unwrap();
        (String::from_utf8_lossy(&first[..len]).into_owned(), stream)
    });
    (address, first)
}

/// The error for a server that answers an upgrade with these bytes and hangs up.
async fn error_for(answer: &str) -> ConnectError {
    let (address, request) = server().await;
    let answer = answer.to_owned();
    tokio::spawn(async move {
        let (_, mut stream) = request.await.unwrap();
        let _ = stream.write_all(answer.as_bytes()).await;
    });
    connect(&format!("ws://{address}/ws?secret=1")).await.err().expect("an error")
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Starts a server that takes one WebSocket over TLS.
async fn encrypted_server() -> (u16, JoinHandle<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let upgraded = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(stream) = acceptor().accept(stream).await else { return false };
        accept_async(stream).await.is_ok()
    });
    (port, upgraded)
}

#[tokio::test]
async fn the_upgrade_carries_the_signature_of_the_literal_url() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/ws?bot=1", listener.local_addr().unwrap());
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 4_096];
        let len = stream.peek(&mut head).await.unwrap();
        tell.send(String::from_utf8_lossy(&head[..len]).to_lowercase()).unwrap();
        let _ = accept_async(&mut stream).await;
    });
    let headers = [("X-Twilio-Signature", signature("token", &url))];
    connector(Reach::All).connect(&url, &headers).await.expect("a connection");
    let head = told.await.unwrap();
    assert!(head.starts_with("get /ws?bot=1 http/1.1\r\n"), "{head}");
    let expected = format!("x-twilio-signature: {}\r\n", signature("token", &url)).to_lowercase();
    assert!(head.contains(&expected), "{head}");
    assert!(head.contains("user-agent: campanile/"), "{head}");
}

#[tokio::test]
async fn a_server_with_a_trusted_certificate_is_connected_to() {
    let (port, upgraded) = encrypted_server().await;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(CERTIFICATE).unwrap()).unwrap();
    let guard = Guard::new(Reach::All, &Lookups::default());
    let trusting = Connector::trusting(guard, roots);
    trusting.connect(&format!("wss://localhost:{port}/"), &[]).await.expect("a connection");
    assert!(upgraded.await.unwrap());
}

#[tokio::test]
async fn a_certificate_that_nobody_knows_is_refused() {
    let (port, upgraded) = encrypted_server().await;
    let error = connect(&format!("wss://localhost:{port}/")).await.err().unwrap();
    assert!(matches!(error, ConnectError::Tls { .. }));
    let words = error.to_string();
    assert!(words.contains("localhost is there, but TLS with it failed"), "{words}");
    assert!(words.contains("UnknownIssuer"), "{words}");
    assert!(!upgraded.await.unwrap());
}

#[tokio::test]
async fn a_plain_server_behind_wss_is_a_failure_of_tls() {
    let (address, request) = server().await;
    tokio::spawn(async move {
        let (_, mut stream) = request.await.unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });
    let error = connect(&format!("wss://{address}/")).await.err().unwrap();
    assert!(matches!(error, ConnectError::Tls { .. }), "{error}");
}

#[tokio::test]
async fn each_answer_but_an_upgrade_is_an_error_with_advice() {
    for (status, advice) in [
        (200, "instead of opening a WebSocket"),
        (302, "redirects are not followed"),
        (401, "check its key"),
        (403, "check its key"),
        (404, "nothing at the path"),
        (426, "another protocol"),
        (500, "an error of its own"),
        (503, "no server behind it"),
    ] {
        let answer = format!("HTTP/1.1 {status} So\r\nLocation: ws://127.0.0.1:1/\r\n\r\n");
        let error = error_for(&answer).await;
        assert!(matches!(error, ConnectError::Status { status: told, .. } if told == status));
        let words = error.to_string();
        assert!(words.contains("127.0.0.1 answered") && words.contains(advice), "{words}");
        assert!(!words.contains("secret"), "{words}");
    }
}

#[tokio::test]
async fn what_is_no_websocket_server_is_called_so() {
    let endless = format!("HTTP/1.1 101 So\r\n{}", "X-Header: of many\r\n".repeat(10_000));
    for answer in [
        "",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 101 So\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: wrong\r\n\r\n",
        &endless,
    ] {
        let error = error_for(answer).await;
        assert!(matches!(error, ConnectError::NotAWebSocket { .. }), "{answer:.40}: {error}");
        assert!(error.to_string().contains("is not a WebSocket server"), "{error}");
    }
}

#[tokio::test]
async fn where_nobody_listens_and_what_has_no_name_cannot_be_reached() {
    let port = StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = connect(&format!("ws://127.0.0.1:{port}/")).await.err().unwrap();
    let refused = matches!(error, ConnectError::Unreachable(Unreachable::Refused { .. }));
    assert!(refused && error.to_string().contains("cannot connect to 127.0.0.1"), "{error}");
    // No name server is asked for a label of more than 63 letters.
    let error = connect(&format!("wss://{}.example/", "x".repeat(64))).await.err().unwrap();
    let unknown = matches!(error, ConnectError::Unreachable(Unreachable::Unknown { .. }));
    assert!(unknown && error.to_string().contains("is unknown"), "{error}");
}

#[tokio::test]
async fn a_silent_server_is_too_slow() {
    for (scheme, doing) in [("ws", Doing::Upgrade), ("wss", Doing::Tls)] {
        let (address, request) = server().await;
        let connecting =
            tokio::spawn(async move { connect(&format!("{scheme}://{address}/")).await });
        let (_, stream) = request.await.unwrap();
        tokio::time::pause();
        let began = Instant::now();
        let error = connecting.await.unwrap().err().unwrap();
        assert!(began.elapsed().as_secs() <= 5, "{:?}", began.elapsed());
        tokio::time::resume();
        assert!(
            matches!(error, ConnectError::Late { doing: step, .. } if step == doing),
            "{error}"
        );
        assert!(error.to_string().contains("longer than 5 s"), "{error}");
        drop(stream);
    }
}

#[tokio::test]
async fn without_the_operators_leave_only_encrypted_public_servers_are_reached() {
    let listener = StdListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0.0.0.0"] {
        let error = connector(PUBLIC).connect(&format!("wss://{host}:{port}/"), &[]).await;
        let words = error.err().expect(host).to_string();
        assert!(words.contains("agents_allow_private") || words.contains("unknown"), "{words}");
    }
    let error = connector(PUBLIC).connect(&format!("ws://127.0.0.1:{port}/"), &[]).await;
    assert!(matches!(error, Err(ConnectError::Plain { .. })));
    let came = listener.accept();
    assert!(came.is_err_and(|e| e.kind() == std::io::ErrorKind::WouldBlock), "somebody came");
}

#[test]
fn urls_are_checked_when_an_agent_is_saved() {
    for good in [
        "wss://bot.example",
        "wss://bot.example/ws",
        "wss://bot.example:8443/ws?room=1",
        "wss://[2606:4700::1111]/ws",
        "wss://8.8.8.8/",
    ] {
        assert!(check_url(good, Protocol::WebSocket, PUBLIC).is_ok(), "{good}");
    }
    for (bad, words) in [
        ("", "does not begin with wss://"),
        ("bot.example/ws", "does not begin with wss://"),
        ("https://bot.example/ws", "does not begin with wss://"),
        ("wss://", "is not a URL"),
        ("wss://bot.example/a b", "has a space"),
        ("wss://bot.exämple/", "outside ASCII"),
        ("wss://bot.example/#a", "fragment"),
        ("wss://user:secret@bot.example/", "has a user or a password"),
        ("ws://bot.example/ws", "agents_allow_private = true"),
        ("wss://localhost/ws", "agents_allow_private = true"),
        ("wss://10.0.0.1/ws", "agents_allow_private = true"),
        ("wss://[::1]/ws", "agents_allow_private = true"),
    ] {
        let error = check_url(bad, Protocol::WebSocket, PUBLIC).expect_err(bad).to_string();
        assert!(error.contains(words) && !error.contains("secret"), "{bad}: {error}");
    }
    for allowed in ["ws://127.0.0.1:8000/ws", "ws://localhost/", "wss://10.0.0.1/ws"] {
        assert!(check_url(allowed, Protocol::WebSocket, Reach::All).is_ok(), "{allowed}");
    }
}
