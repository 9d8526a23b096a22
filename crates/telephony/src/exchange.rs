//! One request outside of any call, and its responses.

use std::{io, net::SocketAddr, time::Instant};

use bytes::Bytes;
use campanile_sip::{
    Dialog, Flow, Message, Request,
    transaction::{Output, Transaction},
};
use tokio::{sync::mpsc, time::timeout_at};

use crate::{calls::Mail, shared::Shared};

/// The most messages that wait to be read; further ones are dropped, like lost datagrams.
const MAILBOX: usize = 4;

/// Why no further response comes.
#[derive(Debug)]
pub(crate) enum NoResponse {
    /// The request could not be sent.
    Unsent(io::Error),
    /// The stream to the far end broke.
    Broken,
    /// The transaction timed out.
    TimedOut,
}

/// A request outside of any call. Its responses are routed here until it is dropped.
pub(crate) struct Exchange<'a> {
    shared: &'a Shared,
    call_id: String,
    at: SocketAddr,
    transaction: Transaction,
    mail: mpsc::Receiver<Mail>,
}

impl<'a> Exchange<'a> {
    /// Sends a request with this identity.
    pub async fn open(
        shared: &'a Shared,
        identity: &Dialog,
        request: Request,
    ) -> Result<Exchange<'a>, NoResponse> {
        let (sender, mail) = mpsc::channel(MAILBOX);
        let call_id = identity.call_id().to_owned();
        shared.calls.enter(&call_id, sender);
        let transaction = Transaction::open(request, shared.config.timers, Instant::now());
        let (flow, bytes) = transaction.request();
        let exchange = Exchange { shared, call_id, at: flow.addr, transaction, mail };
        exchange.send(flow, bytes).await?;
        Ok(exchange)
    }

    /// Returns the next response that is news; a provisional response is. Meanwhile the request is
    /// repeated.
    pub async fn next(&mut self) -> Result<Box<Message>, NoResponse> {
        loop {
            let mail = match self.transaction.wake_at() {
                Some(at) => timeout_at(at.into(), self.mail.recv()).await,
                None => Ok(self.mail.recv().await),
            };
            let output = match mail {
                Err(_) => self.transaction.on_time(Instant::now()),
                Ok(Some(Mail::Message(message, _))) => {
                    if !self.transaction.is_answered_by(&message) {
                        continue;
                    }
                    match self.transaction.on_response(&message, Instant::now()) {
                        Some(Output::PassUp(_)) => return Ok(message),
                        output => output,
                    }
                }
                Ok(Some(Mail::Broken(addr))) if addr == self.at => return Err(NoResponse::Broken),
                Ok(None) => return Err(NoResponse::Broken),
                Ok(Some(
                    Mail::Broken(_)
                    | Mail::Proceed
                    | Mail::Accept
                    | Mail::HangUp(_)
                    | Mail::Refer(_),
                )) => None,
            };
            match output {
                Some(Output::Send(flow, bytes)) => self.send(flow, bytes).await?,
                Some(Output::TimedOut) => return Err(NoResponse::TimedOut),
                Some(Output::PassUp(_)) | None => {}
            }
        }
    }

    async fn send(&self, flow: Flow, bytes: Bytes) -> Result<(), NoResponse> {
        self.shared.wire.send(flow, bytes).await.map_err(NoResponse::Unsent)
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        self.shared.calls.forget(&self.call_id);
    }
}
