//! Requests over kept connections, to servers that are there, are not, or are something else.

use std::{sync::Arc, time::Duration};

use campanile_agent::wire::{
    Answer, Connector, Http, HttpError, Limits, Protocol, Request, check_url,
};
use campanile_egress::{Guard, Lookups, Reach};
use campanile_rules::agent::Secret;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::Instant,
};

const LIMITS: Limits =
    Limits { first: Duration::from_secs(5), next: Duration::from_secs(5), max: 1 << 20 };

fn client(reach: Reach) -> Http {
    Http::new(Arc::new(Connector::new(Guard::new(reach, &Lookups::default()))))
}

/// A server whose every request gets the next of these answers. The third connection and the like are
/// told apart by what comes out of the channel: the number of the connection and the request.
async fn server(
    answers: &'static [&'static str],
) -> (String, mpsc::UnboundedReceiver<(usize, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/thing?key=hidden", listener.local_addr().unwrap());
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut answers = answers.iter();
        for connection in 1.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            while let Some(request) = request_on(&mut stream).await {
                let _ = tell.send((connection, request));
                let Some(answer) = answers.next() else { return };
                stream.write_all(answer.as_bytes()).await.unwrap();
                if answer.contains("Connection: close") {
                    break;
                }
            }
        }
    });
    (url, told)
}

/// A request without a body, or with one that comes in the same packet.
async fn request_on(stream: &mut TcpStream) -> Option<String> {
    let mut request = String::new();
    let mut bytes = [0; 4_096];
    while !request.contains("\r\n\r\n") {
        let len = stream.read(&mut bytes).await.ok().filter(|len| *len > 0)?;
        request += &String::from_utf8_lossy(&bytes[..len]);
    }
    Some(request)
}

async fn get(http: &Http, url: &str) -> Result<String, HttpError> {
    http.send(&Request::get(url.to_owned()), LIMITS).await?.text().await
}

/// The error for a server that gives this answer and hangs up.
async fn error_for(answer: &'static str) -> HttpError {
    let answers: &'static [&'static str] = Vec::leak(vec![answer]);
    let (url, _told) = server(answers).await;
    get(&client(Reach::All), &url).await.expect_err(answer)
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n";
    let (url, mut told) = server(Vec::leak(vec![ok, chunked, ok])).await;
    let http = client(Reach::All);
    for _ in 0..3 {
        assert_eq!(get(&http, &url).await.unwrap(), "hi");
        let (connection, request) = told.recv().await.unwrap();
        assert_eq!(connection, 1);
        assert!(request.starts_with("GET /v1/thing?key=hidden HTTP/1.1\r\n"), "{request}");
        let host = url.split('/').nth(2).unwrap();
        assert!(request.to_lowercase().contains(&format!("host: {host}\r\n")), "{request}");
    }
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_made_again() {
    let close = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";
    let (url, mut told) = server(Vec::leak(vec![close, close])).await;
    let http = client(Reach::All);
    for expected in 1..=2 {
        assert_eq!(get(&http, &url).await.unwrap(), "hi");
        assert_eq!(told.recv().await.unwrap().0, expected);
    }
}

#[tokio::test]
async fn a_warm_connection_is_used_by_the_next_request() {
    let (url, mut told) = server(&["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"]).await;
    let http = client(Reach::All);
    http.warm(&url).await.unwrap();
    http.warm(&url).await.unwrap();
    assert_eq!(get(&http, &url).await.unwrap(), "hi");
    assert_eq!(told.recv().await.unwrap().0, 1);
}

#[tokio::test]
async fn an_answer_that_is_dropped_ends_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request_on(&mut stream).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhi").await.unwrap();
        stream.read(&mut [0; 1]).await.unwrap_or(0)
    });
    let http = client(Reach::All);
    let mut answer: Answer = http.send(&Request::get(url), LIMITS).await.unwrap();
    assert_eq!(answer.next().await.unwrap().unwrap(), "hi");
    drop(answer);
    assert_eq!(server.await.unwrap(), 0, "the server sees the end");
}

#[tokio::test]
async fn each_refusal_is_an_error_with_advice_and_the_servers_own_words() {
    for (answer, status, words) in [
        (
            "HTTP/1.1 401 No\r\nContent-Length: 42\r\n\r\n{\"error\":{\"message\":\"Incorrect API key\"}}  ",
            401,
            "check api_key and what the key may do; it says: Incorrect API key",
        ),
        ("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", 403, "check api_key"),
        ("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 404, "nothing at the path"),
        (
            "HTTP/1.1 302 So\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            302,
            "not followed",
        ),
        (
            "HTTP/1.1 429 So\r\nContent-Length: 4\r\n\r\nwait",
            429,
            "quota is used up; it says: wait",
        ),
        ("HTTP/1.1 503 So\r\nContent-Length: 15\r\n\r\n{\"error\":\"busy\"}", 503, "it says: "),
        ("HTTP/1.1 400 So\r\nContent-Length: 0\r\n\r\n", 400, "does not understand the request"),
    ] {
        let error = error_for(answer).await;
        let told = matches!(error, HttpError::Status { status: told, .. } if told == status);
        assert!(told, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.to_string().contains("hidden"), "{error}");
        assert_eq!(error.is_passing(), matches!(status, 429 | 503));
    }
}

#[tokio::test]
async fn what_is_no_http_and_what_breaks_off_is_told() {
    for answer in [
        "SSH-2.0-OpenSSH_9.2\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let error = error_for(answer).await;
        assert!(matches!(error, HttpError::Broken { .. }), "{answer:?}: {error}");
        assert!(error.to_string().contains("127.0.0.1 is there, but"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_has_limits_of_size_and_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request_on(&mut stream).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        while stream.write_all(&[b'x'; 4_096]).await.is_ok() {}
        let (mut stream, _) = listener.accept().await.unwrap();
        request_on(&mut stream).await.unwrap();
        std::future::pending::<()>().await;
    });
    let http = client(Reach::All);
    let error = get(&http, &url).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLong { max, .. } if max == LIMITS.max), "{error}");
    let request = Request::get(url.clone());
    let limits = Limits { first: Duration::from_millis(100), ..LIMITS };
    let error = http.send(&request, limits).await.err().unwrap();
    assert!(matches!(error, HttpError::Late { .. }), "{error}");
    assert!(error.to_string().contains("the beginning of its answer took longer"), "{error}");
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_refused_without_its_value() {
    let (url, _told) = server(&[]).await;
    for (name, value) in [("x-key", "a\nsecret"), ("x key", "secret")] {
        let request = Request::get(url.clone()).header(name, Secret::new(value));
        let error = client(Reach::All).send(&request, LIMITS).await.err().unwrap().to_string();
        assert!(
            error.contains("cannot be sent in a header") && !error.contains("secret"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn only_encrypted_public_servers_are_reached_without_the_operators_leave() {
    let public = Reach::Public { unless: "agents_allow_private" };
    let http = client(public);
    let began = Instant::now();
    for (url, words) in [
        ("http://api.example/v1", "is not https"),
        ("https://127.0.0.1:1/v1", "agents_allow_private = true"),
        ("https://localhost:1/v1", "agents_allow_private = true"),
        ("wss://api.example/v1", "does not begin with https://"),
        ("https://u:p@api.example/v1", "has a user or a password"),
    ] {
        let error = get(&http, url).await.expect_err(url).to_string();
        assert!(error.contains(words), "{url}: {error}");
        let error = check_url(url, Protocol::Http, public).expect_err(url).to_string();
        assert!(error.contains(words), "{url}: {error}");
    }
    assert!(check_url("https://api.example/v1", Protocol::Http, public).is_ok());
    assert!(began.elapsed() < Duration::from_secs(5));
}
