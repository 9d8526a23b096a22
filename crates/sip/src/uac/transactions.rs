//! The client transactions of one call.

use std::{net::SocketAddr, time::Instant};

use super::Output;
use crate::{
    message::Message,
    request::Request,
    timers::Timers,
    transaction::{self, Transaction},
};

/// What a request of a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The INVITE that places the call.
    Invite,
    /// The CANCEL of that INVITE.
    Cancel,
    /// The BYE that ends the call.
    Bye,
    /// The BYE that ends a surplus answer.
    SurplusBye,
    /// The UPDATE or INVITE that refreshes the session.
    Refresh,
    /// The REFER that transfers the call.
    Refer,
}

/// The client transactions of one call.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    all: Vec<(Purpose, Transaction)>,
}

impl Transactions {
    /// Opens a transaction and returns its request to be sent.
    pub fn open(
        &mut self,
        purpose: Purpose,
        request: Request,
        timers: &Timers,
        now: Instant,
    ) -> Output {
        let transaction = Transaction::open(request, *timers, now);
        let (flow, bytes) = transaction.request();
        self.all.push((purpose, transaction));
        Output::Send(flow, bytes)
    }

    /// Takes over the INVITE of a dead process.
    pub fn take_over(&mut self, invite: Request, timers: &Timers) {
        self.all.push((Purpose::Invite, Transaction::take_over(invite, *timers)));
    }

    /// Whether a final response may still come to any request.
    pub fn any_open(&self) -> bool {
        self.all.iter().any(|(_, transaction)| transaction.is_open())
    }

    /// Drops the open transactions for which `is_closed` is true.
    pub fn close(&mut self, is_closed: impl Fn(Purpose) -> bool) {
        self.all.retain(|(purpose, transaction)| !transaction.is_open() || !is_closed(*purpose));
    }

    /// Stops repeating the INVITE; it still times out.
    pub fn stop_repeating_invite(&mut self) {
        let invites = self.all.iter_mut().filter(|(purpose, _)| *purpose == Purpose::Invite);
        invites.for_each(|(_, transaction)| transaction.stop_repeating());
    }

    /// Returns when [`Transactions::on_time`] must be called next.
    pub fn wake_at(&self) -> Option<Instant> {
        self.all.iter().filter_map(|(_, transaction)| transaction.wake_at()).min()
    }

    /// Handles the passing of time; returns the requests that timed out.
    pub fn on_time(&mut self, now: Instant, out: &mut Vec<Output>) -> Vec<Purpose> {
        let mut timed_out = Vec::new();
        self.all.retain_mut(|(purpose, transaction)| {
            match transaction.on_time(now) {
                Some(transaction::Output::Send(flow, bytes)) => {
                    out.push(Output::Send(flow, bytes));
                }
                Some(transaction::Output::TimedOut) => timed_out.push(*purpose),
                Some(transaction::Output::PassUp(_)) | None => {}
            }
            !transaction.is_done()
        });
        timed_out
    }

    /// Hands a response to its transaction. None: no transaction waits for it.
    pub fn on_response(
        &mut self,
        response: &Message,
        now: Instant,
    ) -> Option<(Purpose, Option<transaction::Output>)> {
        let at = self.all.iter().position(|(_, known)| known.is_answered_by(response))?;
        let (purpose, transaction) = &mut self.all[at];
        let handled = (*purpose, transaction.on_response(response, now));
        if transaction.is_done() {
            self.all.remove(at);
        }
        Some(handled)
    }

    /// Sends again what a broken stream may have lost, except the INVITE of the call: nobody must be
    /// called twice.
    pub fn on_broken_stream(&mut self, addr: SocketAddr, out: &mut Vec<Output>) {
        let others = self.all.iter_mut().filter(|(purpose, _)| *purpose != Purpose::Invite);
        for (_, transaction) in others {
            if let Some(transaction::Output::Send(flow, bytes)) = transaction.on_broken_stream(addr)
            {
                out.push(Output::Send(flow, bytes));
            }
        }
    }
}
