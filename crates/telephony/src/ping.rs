//! Asking a trunk whether it is there: one OPTIONS outside of any call (RFC 3261 §11).

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use campanile_rules::trunk::Trunk;
use tokio::{sync::mpsc, time::timeout};

use crate::{
    call::Mail,
    calls::Calls,
    dialog::{Dialog, answers_us, local_tag},
    message::Start,
    sip::{Shared, Sip, SipError, bracketed},
};

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pong {
    /// The status code, whichever it is.
    pub code: u16,
    /// Its reason phrase.
    pub reason: String,
    /// From the question to the answer.
    pub took: Duration,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum PingError {
    /// There is nowhere to ask.
    #[error(transparent)]
    Nowhere(#[from] SipError),
    /// The question could not be sent.
    #[error("{at} cannot be asked: {}", said(.error.kind()))]
    Unsent {
        /// Where it was to go.
        at: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The connection broke before an answer.
    #[error("{0} closed the connection without an answer")]
    Broken(SocketAddr),
    /// Nothing came in time.
    #[error("nothing answered within {} s", .0.as_secs())]
    Silent(Duration),
}

impl PingError {
    /// What the system said, for whoever knows it by heart.
    pub fn raw(&self) -> Option<&io::Error> {
        match self {
            PingError::Unsent { error, .. } => Some(error),
            PingError::Nowhere(_) | PingError::Broken(_) | PingError::Silent(_) => None,
        }
    }
}

/// What the network said, in words.
fn said(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::ConnectionRefused => "nobody listens there",
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => "it broke the connection",
        io::ErrorKind::TimedOut => "it did not take the connection in time",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "no way leads there from this machine"
        }
        io::ErrorKind::PermissionDenied => "a rule of this machine forbids it",
        // So says Linux when a socket of the loopback address is to reach out.
        io::ErrorKind::InvalidInput | io::ErrorKind::AddrNotAvailable => {
            "no way leads there from the address that SIP is sent from (sip_listen)"
        }
        _ => "the network took nothing for it",
    }
}

impl Sip {
    /// Asks a trunk whether it is there, from the address that calls come from. Any answer will do.
    pub async fn ping(&self, trunk: &Trunk, patience: Duration) -> Result<Pong, PingError> {
        let asked = timeout(patience, ask(self.shared(), trunk));
        asked.await.unwrap_or(Err(PingError::Silent(patience)))
    }
}

async fn ask(shared: &Shared, trunk: &Trunk) -> Result<Pong, PingError> {
    let at = shared.resolve(&trunk.host, trunk.port).await?;
    let question = question(shared, trunk, at);
    let bytes = question.options(&shared.config.user_agent);
    let (sender, mut mail) = mpsc::channel(4);
    shared.calls.enter(&question.call_id, sender);
    let _known = Known { calls: &shared.calls, call_id: &question.call_id };
    let begun = Instant::now();
    let flow = question.flow();
    let mut pause = shared.config.timers.t1;
    loop {
        let sent = shared.wire.send(flow, bytes.clone()).await;
        sent.map_err(|error| PingError::Unsent { at, error })?;
        let wait = if flow.is_reliable() { Duration::MAX } else { pause };
        if let Ok(answer) = timeout(wait, answer(&mut mail, &question.call_id, at)).await {
            let (code, reason) = answer?;
            return Ok(Pong { code, reason, took: begun.elapsed() });
        }
        pause *= 2;
    }
}

fn question(shared: &Shared, trunk: &Trunk, at: SocketAddr) -> Dialog {
    let sent_by = SocketAddr::new(shared.our_ip(at), shared.wire.local().port()).to_string();
    let call_id = format!("{:016x}{:016x}@ping", fastrand::u64(..), fastrand::u64(..));
    let uri = format!("sip:{}:{}", bracketed(&trunk.host), trunk.port);
    Dialog {
        from: format!("<sip:{sent_by}>;tag={}", local_tag(&call_id)),
        to: format!("<{uri}>"),
        uri,
        sent_by,
        transport: trunk.transport,
        at,
        cseq: 1,
        remote: None,
        call_id,
    }
}

/// The first response to the question.
async fn answer(
    mail: &mut mpsc::Receiver<Mail>,
    call_id: &str,
    at: SocketAddr,
) -> Result<(u16, String), PingError> {
    loop {
        match mail.recv().await {
            Some(Mail::Message(message, _)) if answers_us(&message, call_id) => {
                if let Start::Response { code, reason } = &message.start {
                    return Ok((*code, reason.clone()));
                }
            }
            Some(Mail::Message(..)) => {}
            Some(Mail::Broken(far)) if far != at => {}
            Some(Mail::Broken(_)) | None => return Err(PingError::Broken(at)),
            Some(Mail::Proceed | Mail::Accept | Mail::HangUp(_)) => {}
        }
    }
}

/// Answers find their way as long as this is there.
struct Known<'a> {
    calls: &'a Calls,
    call_id: &'a str,
}

impl Drop for Known<'_> {
    fn drop(&mut self) {
        self.calls.forget(self.call_id);
    }
}
