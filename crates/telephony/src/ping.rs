//! The check whether a trunk is there: one OPTIONS outside of any call (RFC 3261 §11).

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use campanile_rules::trunk::Trunk;
use campanile_sip::{Dialog, Ends, Flow};
use tokio::{
    net::UdpSocket,
    time::{sleep, timeout_at},
};

use crate::{
    error::{PingError, SipError},
    exchange::{Exchange, NoResponse},
    shared::{Shared, Way, bracketed},
};

/// The answer to a ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pong {
    /// The status code; any code means that the trunk is there.
    pub code: u16,
    /// The reason phrase.
    pub reason: String,
    /// The time from the OPTIONS to its answer.
    pub took: Duration,
}

/// Asks a trunk whether it is there. Any response counts. Takes at most `patience`.
pub(crate) async fn ping(
    shared: &Shared,
    trunk: &Trunk,
    patience: Duration,
) -> Result<Pong, PingError> {
    let until = Instant::now() + patience;
    let way = shared.way_to(trunk, until).await.map_err(|error| match error {
        SipError::NoConnection { at, source } | SipError::NoRoute { at, source } => {
            PingError::Unsent { at, error: source }
        }
        error => PingError::Nowhere(error),
    })?;
    let asked = timeout_at(until.into(), ask(shared, trunk, &way)).await;
    let pong = asked.unwrap_or(Err(PingError::Silent(patience)));
    if pong.is_err() {
        shared.names.forget(&trunk.host, trunk.port);
    }
    pong
}

async fn ask(shared: &Shared, trunk: &Trunk, way: &Way) -> Result<Pong, PingError> {
    let question = question(trunk, way);
    let (flow, t1) = (question.flow(), shared.config.timers.t1);
    let closed = async {
        sleep(t1).await;
        refused(flow, way.port.ip()).await;
        // A response to the OPTIONS says more, so wait for one first.
        sleep(t1).await;
    };
    tokio::select! {
        answered = answer(shared, &question) => answered.map_err(|why| match why {
            NoResponse::Unsent(error) => PingError::Unsent { at: way.at, error },
            NoResponse::Broken => PingError::Broken(way.at),
            NoResponse::TimedOut => PingError::Silent(shared.config.timers.patience()),
        }),
        () = closed => Err(PingError::Closed(way.at)),
    }
}

/// Sends the OPTIONS and waits for the first response.
async fn answer(shared: &Shared, question: &Dialog) -> Result<Pong, NoResponse> {
    let begun = Instant::now();
    let options = question.options(&shared.config.user_agent);
    let response = Exchange::open(shared, question, options).await?.next().await?;
    Ok(Pong {
        code: response.code().unwrap_or_default(),
        reason: response.reason().unwrap_or_default().to_owned(),
        took: begun.elapsed(),
    })
}

/// Returns when the far end's machine reports that nothing listens on its UDP port (ICMP port
/// unreachable), else never. The system reports this only to a connected socket, so a keep-alive
/// (RFC 5626 §3.5.1) is sent from one.
async fn refused(flow: Flow, local: IpAddr) {
    let knock = async {
        let socket = UdpSocket::bind(SocketAddr::new(local, 0)).await?;
        socket.connect(flow.addr).await?;
        socket.send(b"\r\n\r\n").await?;
        socket.recv(&mut [0; 1]).await
    };
    let is_refused = !flow.is_reliable()
        && knock.await.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
    if !is_refused {
        std::future::pending().await
    }
}

fn question(trunk: &Trunk, way: &Way) -> Dialog {
    let call_id = format!("{:016x}{:016x}@ping", fastrand::u64(..), fastrand::u64(..));
    let uri = format!("sip:{}:{}", bracketed(&trunk.host), trunk.port);
    let ends = Ends { from: format!("sip:{}", way.sent_by), to: uri.clone(), uri };
    let flow = Flow { transport: trunk.transport, addr: way.at };
    Dialog::new(call_id, ends, flow, way.sent_by.to_string())
}
