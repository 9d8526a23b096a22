//! Protection of the server: rate limits, timeouts, headers, encryption.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{
    body::Body,
    http::{self, Request},
};
use campanile_api::{GuardConfig, Server, Tls};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, pem::PemObject as _},
    },
};

use super::support::{Reply, World};

/// How long a test waits to see that nothing arrives.
const A_MOMENT: Duration = Duration::from_millis(50);

/// A time limit far beyond anything that does not hang.
const PATIENCE: Duration = Duration::from_secs(60);

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_key_that_asks_too_often_is_told_to_wait_and_others_are_not() {
    let slow = GuardConfig { requests_per_s: 1, requests_burst: 2, ..GuardConfig::default() };
    let world = World::guarded(slow).await;
    let other = world.with_key(&world.make_key("default", campanile_store::KeyScope::Read).await);
    let first = world.get("/v1/workspace").await;
    assert_eq!(header(&first, "ratelimit-policy"), "\"key\";q=2;w=2");
    assert_eq!(header(&first, "ratelimit"), "\"key\";r=1;t=1");
    first.expect(200);
    let mut refused = world.get("/v1/trunks").await;
    while refused.status.is_success() {
        refused = world.get("/v1/trunks").await;
    }
    assert_eq!(header(&refused, "ratelimit"), "\"key\";r=0;t=2");
    assert_eq!(header(&refused, "retry-after"), "1");
    assert_eq!(refused.problem(429)["code"], "too_many_requests");
    other.get("/v1/trunks").await.expect(200);
    world.get("/healthz").await.expect(200);
}

#[tokio::test]
async fn a_limit_of_zero_counts_nothing() {
    let off = GuardConfig { requests_per_s: 0, ..GuardConfig::default() };
    let world = World::guarded(off).await;
    for _ in 0..300 {
        let reply = world.get("/v1/workspace").await;
        assert_eq!(header(&reply, "ratelimit"), "");
        reply.expect(200);
    }
}

#[tokio::test]
async fn who_guesses_keys_is_slowed_and_locks_nobody_out() {
    let world = World::guarded(GuardConfig::default()).await;
    let stranger = world.with_key("key_0:guess");
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(stranger.get("/v1/workspace").await.status.as_u16());
    }
    assert!(statuses[..10].iter().all(|status| *status == 401), "{statuses:?}");
    assert!(statuses.contains(&429), "{statuses:?}");
    world.get("/v1/workspace").await.expect(200);
}

#[tokio::test]
async fn a_key_in_the_address_is_refused_even_beside_a_valid_one() {
    let world = World::new().await;
    let path = format!("/v1/workspace?access_token={}", world.key());
    let refused = world.get(&path).await;
    assert!(!refused.text.contains(world.key()), "{refused:?}");
    assert_eq!(refused.problem(400)["code"], "key_in_address");
}

#[tokio::test]
async fn every_answer_tells_browsers_to_keep_out() {
    let world = World::new().await;
    for path in ["/healthz", "/v1/workspace", "/v1/trunks/trunk_9", "/v1/nothing", "/nothing.js"] {
        for world in [&world, &world.with_key("key_1:x")] {
            let reply = world.get(path).await;
            assert_eq!(header(&reply, "x-content-type-options"), "nosniff", "{path}");
            assert_eq!(header(&reply, "referrer-policy"), "no-referrer", "{path}");
            assert_eq!(header(&reply, "cache-control"), "no-store", "{path}");
            let policy = header(&reply, "content-security-policy");
            assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'", "{path}");
            assert_eq!(header(&reply, "access-control-allow-origin"), "", "{path}");
            assert_eq!(header(&reply, "strict-transport-security"), "", "not encrypted");
        }
    }
}

#[tokio::test]
async fn whatever_is_not_the_apis_is_a_page_that_may_load_nothing_from_elsewhere() {
    let world = World::new().await.with_key("");
    for path in ["/", "/batches/batch_1"] {
        let asked = world.request("GET", path).header("accept", "text/html,*/*;q=0.8");
        let page = world.send(asked.body(Body::empty()).unwrap()).await;
        assert_eq!(page.kind, "text/html; charset=utf-8", "{page:?}");
        let policy = header(&page, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
        assert!(!policy.contains("script-src 'self' ") && !policy.contains("http"), "{policy}");
        assert!(!page.text.contains("<script>") && !page.text.contains("://"), "{}", page.text);
    }
    for path in ["/v1", "/v1/", "/v1/batches", "/assets/none.js", "/compat/x"] {
        assert_eq!(world.get(path).await.problem(404)["code"], "not_found", "{path}");
    }
    let posted = world.post("/batches", &serde_json::json!({})).await;
    posted.problem(404);
}

#[tokio::test]
async fn a_proxy_that_encrypts_is_believed_when_it_is_known() {
    for behind_proxy in [true, false] {
        let config = GuardConfig { behind_proxy, ..GuardConfig::default() };
        let world = World::guarded(config).await;
        let request = world.request("GET", "/healthz").header("x-forwarded-proto", "https");
        let reply = world.send(request.body(Body::empty()).unwrap()).await;
        let strict = !header(&reply, "strict-transport-security").is_empty();
        assert_eq!(strict, behind_proxy);
    }
}

#[tokio::test]
async fn only_pages_of_named_origins_may_ask() {
    let named = "https://console.example.com";
    let config = GuardConfig { cors_origins: vec![named.parse().unwrap()], ..Default::default() };
    let (open, shut) = (World::guarded(config).await, World::new().await);
    let preflight = |origin: &str| {
        Request::builder()
            .method("OPTIONS")
            .uri("/v1/trunks")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization")
            .body(Body::empty())
            .unwrap()
    };
    let allowed = |reply: &Reply| header(reply, "access-control-allow-origin").to_owned();
    assert_eq!(allowed(&open.send(preflight(named)).await), named);
    assert_eq!(allowed(&open.send(preflight("https://evil.example")).await), "");
    assert_eq!(allowed(&shut.send(preflight(named)).await), "");
    let reply = open.send(preflight(named)).await;
    assert_eq!(header(&reply, "access-control-allow-credentials"), "");
}

/// Starts a server on a real socket.
async fn serve(config: GuardConfig, tls: Option<Tls>) -> (World, Server) {
    let world = World::guarded(config).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = campanile_api::serve(listener, world.app.clone(), tls).unwrap();
    (world, server)
}

/// Sends bytes and reads until the server closes the connection.
async fn exchange(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    rest(&mut stream).await
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    // A connection reset after the response is a normal end.
    let _ = tokio::time::timeout(PATIENCE, read).await.expect("the server hangs up");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_head_that_dribbles_is_hung_up_on() {
    let config = GuardConfig { header_timeout: A_MOMENT, ..GuardConfig::default() };
    let (_world, server) = serve(config, None).await;
    let answer = exchange(&server, b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    assert!(!answer.contains("200 OK"), "{answer}");
    let idle = exchange(&server, b"").await;
    assert_eq!(idle, "", "a connection that asks nothing is hung up on, too");
}

#[tokio::test]
async fn a_head_beyond_its_bounds_is_431() {
    let (_world, server) = serve(GuardConfig::default(), None).await;
    let many = "a: b\r\n".repeat(150);
    let large = format!("a: {}\r\n", "b".repeat(40_000));
    for headers in [many, large] {
        let request = format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        let answer = exchange(&server, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up() {
    let config = GuardConfig { body_timeout: A_MOMENT, ..GuardConfig::default() };
    let (world, server) = serve(config, None).await;
    for kind in ["application/json", "multipart/form-data; boundary=x"] {
        let request = format!(
            "POST /v1/batch-calls/validate HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: {kind}\r\ncontent-length: 1000\r\n\r\n--x\r\n",
            world.key()
        );
        let answer = exchange(&server, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_is_not_read_for_a_stranger() {
    let (_world, server) = serve(GuardConfig::default(), None).await;
    let request = "POST /v1/batch-calls HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n";
    let answer = exchange(&server, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[tokio::test]
async fn a_valid_key_is_answered_while_half_open_connections_fill_the_room() {
    let config =
        GuardConfig { max_connections: 40, max_connections_per_address: 40, ..Default::default() };
    let (world, server) = serve(config, None).await;
    let mut halves = Vec::new();
    for _ in 0..200 {
        let mut half = TcpStream::connect(server.address()).await.unwrap();
        half.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n").await.unwrap();
        halves.push(half);
    }
    let request = format!(
        "GET /v1/workspace HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nconnection: \
         close\r\n\r\n",
        world.key()
    );
    let answer = exchange(&server, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let mut last = halves.pop().unwrap();
    last.write_all(b"\r\n").await.unwrap();
    let mut status = [0; 12];
    last.read_exact(&mut status).await.expect("the youngest was still there");
    assert_eq!(&status, b"HTTP/1.1 200");
}

/// The path of a test certificate or its key.
fn pem(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tls").join(name)
}

/// Connects a client that trusts only one certificate and offers these HTTP versions.
async fn encrypted(
    server: &Server,
    trusted: &str,
    versions: &[&str],
) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let trusted = std::fs::read(pem(trusted)).unwrap();
    roots.add(CertificateDer::from_pem_slice(&trusted).unwrap()).unwrap();
    let mut client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = versions.iter().map(|version| version.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let name = "localhost".try_into().unwrap();
    TlsConnector::from(Arc::new(client)).connect(name, stream).await
}

#[tokio::test]
async fn with_a_certificate_everything_is_encrypted() {
    let tls = Tls::read(&pem("cert.pem"), &pem("key.pem")).unwrap();
    let (_world, server) = serve(GuardConfig::default(), Some(tls)).await;
    let plain = exchange(&server, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(!plain.contains("HTTP/1.1 200"), "{plain}");
    for versions in [&[][..], &["http/1.1"]] {
        let mut stream = encrypted(&server, "cert.pem", versions).await.unwrap();
        let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    }
}

#[tokio::test]
async fn http_2_asks_many_things_at_once_over_one_connection() {
    let tls = Tls::read(&pem("cert.pem"), &pem("key.pem")).unwrap();
    let config = GuardConfig { max_connections_per_address: 1, ..GuardConfig::default() };
    let (world, server) = serve(config, Some(tls)).await;
    let stream = encrypted(&server, "cert.pem", &["h2", "http/1.1"]).await.unwrap();
    let (client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let ask = |method: &str, path: &str, body: String| {
        let request = Request::builder().method(method).uri(format!("https://localhost{path}"));
        let request = request.header("content-type", "application/json");
        (client.clone(), request, body)
    };
    let events = || {
        let (mut client, request, body) = ask("GET", "/v1/events", String::new());
        let request = request.header("authorization", format!("Bearer {}", world.key()));
        async move { client.send_request(request.body(body).unwrap()).await.unwrap() }
    };
    let streams = futures::future::join_all((0..20).map(|_| events())).await;
    assert!(streams.iter().all(|answer| answer.status() == 200), "{streams:?}");
    // A browser without Sec-Fetch-Site: its page has the same host as the request.
    let (mut client, request, body) =
        ask("POST", "/v1/session", format!("{{\"api_key\":\"{}\"}}", world.key()));
    let request = request.header("origin", "https://localhost").body(body).unwrap();
    let answer = client.send_request(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (201, http::Version::HTTP_2));
    drop(streams);
    server.stop().await.unwrap();
    let _ = connection.await.expect("the connection ends with the server");
}

#[tokio::test]
async fn a_connection_of_http_2_that_asks_nothing_is_hung_up_on() {
    let tls = Tls::read(&pem("cert.pem"), &pem("key.pem")).unwrap();
    let config = GuardConfig { header_timeout: A_MOMENT, ..GuardConfig::default() };
    let (_world, server) = serve(config, Some(tls)).await;
    let mut stream = encrypted(&server, "cert.pem", &["h2"]).await.unwrap();
    // The HTTP/2 preface and empty settings, then nothing.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut said = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await;
    let _ = read.expect("the server hangs up");
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_and_a_bad_one_keeps_the_old() {
    let dir = tempfile::tempdir().unwrap();
    let (chain, key) = (dir.path().join("chain.pem"), dir.path().join("key.pem"));
    let lay = |from: &str, to: &Path| std::fs::copy(pem(from), to).map(drop).unwrap();
    lay("cert.pem", &chain);
    lay("key.pem", &key);
    let tls = Tls::read(&chain, &key).unwrap();
    let (_world, server) = serve(GuardConfig::default(), Some(tls.clone())).await;
    let shows = async |trusted: &str| encrypted(&server, trusted, &[]).await.is_ok();
    assert!(shows("cert.pem").await && !shows("renewed.pem").await);
    assert!(!tls.renew().unwrap(), "nothing has changed");

    std::fs::write(&chain, "half a certif").unwrap();
    let refused = tls.renew().unwrap_err().to_string();
    assert!(refused.contains("chain.pem"), "{refused}");
    assert!(!tls.renew().unwrap(), "it is told once");
    lay("renewed.pem", &chain);
    tls.renew().expect_err("the key is still that of the old one");
    assert!(shows("cert.pem").await && !shows("renewed.pem").await);

    lay("renewed-key.pem", &key);
    assert!(tls.renew().unwrap());
    assert!(shows("renewed.pem").await && !shows("cert.pem").await);
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_said_so() {
    let none = Tls::read(&pem("nothing.pem"), &pem("key.pem")).err().unwrap();
    assert!(none.to_string().contains("nothing.pem"), "{none}");
    let swapped = Tls::read(&pem("key.pem"), &pem("cert.pem")).err().unwrap();
    assert!(swapped.to_string().contains("PEM"), "{swapped}");
}
