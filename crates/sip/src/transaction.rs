//! A client transaction: one request, its repetitions and its responses (RFC 3261 §17.1).
//!
//! One machine serves every method. Its user opens it with a request, sends that request, and then
//! gives it the time, the responses and the broken streams. An ACK of a 2xx is no part of it; its
//! user sends that (§13.2.2.4).

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{
    flow::Flow,
    message::Message,
    repeat::{Due, Repeat},
    request::Request,
    timers::Timers,
};

/// How often a request goes out again because the stream that carried it broke.
const MAX_STREAMS: u8 = 2;

/// What the user of a transaction does after an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send this message: the request again, or the ACK of a refusal that came again.
    Send(Flow, Bytes),
    /// Handle the response. An INVITE that was refused gets this ACK first.
    PassUp(Option<(Flow, Bytes)>),
    /// No final response came in time. The transaction is done.
    TimedOut,
}

/// The states of §17.1.1 and §17.1.2.
#[derive(Debug)]
enum State {
    /// No final response came: "Calling", "Trying" and "Proceeding". Timers A and B of an INVITE, E
    /// and F of another request. None: an INVITE that has a provisional response waits as long as
    /// its user does.
    Waiting(Option<Repeat>),
    /// A final response came. Its repetitions are absorbed until timer D or K.
    Completed { until: Instant },
    /// "Terminated".
    Done,
}

/// A client transaction.
#[derive(Debug)]
pub struct Transaction {
    request: Request,
    timers: Timers,
    state: State,
    /// How often the request may still go out on another stream.
    streams: u8,
}

impl Transaction {
    /// Opens the transaction of a request, which its user sends now.
    pub fn open(request: Request, timers: Timers, now: Instant) -> Transaction {
        let repeat = match request.is_invite() {
            true => Repeat::invite(request.flow, &timers, now),
            false => Repeat::other(request.flow, &timers, now),
        };
        let state = State::Waiting(Some(repeat));
        Transaction { request, timers, state, streams: MAX_STREAMS }
    }

    /// Takes over the transaction of an INVITE that a dead process sent.
    pub fn take_over(invite: Request, timers: Timers) -> Transaction {
        let state = State::Waiting(None);
        Transaction { request: invite, timers, state, streams: MAX_STREAMS }
    }

    /// Returns the request and where it goes.
    pub fn request(&self) -> (Flow, Bytes) {
        (self.request.flow, self.request.bytes.clone())
    }

    /// Whether a message is a response to this request (§17.1.3).
    pub fn is_answered_by(&self, message: &Message) -> bool {
        self.request.is_answered_by(message)
    }

    /// Whether a final response may still come.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Waiting(_))
    }

    /// Whether nothing is left to do, so that the transaction may be dropped.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Stops repeating the request; it still times out.
    pub fn stop_repeating(&mut self) {
        if let State::Waiting(Some(repeat)) = &mut self.state {
            repeat.stop();
        }
    }

    /// Returns when [`Transaction::on_time`] must be called next.
    pub fn wake_at(&self) -> Option<Instant> {
        match &self.state {
            State::Waiting(repeat) => repeat.as_ref().map(Repeat::wake_at),
            State::Completed { until } => Some(*until),
            State::Done => None,
        }
    }

    /// Handles the passing of time.
    pub fn on_time(&mut self, now: Instant) -> Option<Output> {
        match &mut self.state {
            State::Waiting(Some(repeat)) => match repeat.poll(now) {
                Due::Nothing => None,
                Due::Again => Some(self.send_again()),
                Due::GiveUp => {
                    self.state = State::Done;
                    Some(Output::TimedOut)
                }
            },
            State::Completed { until } if now >= *until => {
                self.state = State::Done;
                None
            }
            State::Waiting(None) | State::Completed { .. } | State::Done => None,
        }
    }

    /// Handles a message for which [`Transaction::is_answered_by`] is true. None: the response is a
    /// repetition that nobody needs.
    pub fn on_response(&mut self, response: &Message, now: Instant) -> Option<Output> {
        let code = response.code()?;
        let is_invite = self.request.is_invite();
        match &mut self.state {
            State::Waiting(repeat) if code < 200 => {
                match repeat {
                    Some(_) if is_invite => *repeat = None,
                    Some(repeat) => repeat.slow_down(),
                    None => {}
                }
                Some(Output::PassUp(None))
            }
            State::Waiting(_) => Some(self.complete(response, code, now)),
            // A proxy passes on the 2xx of another phone after a refusal (§16.7).
            State::Completed { .. } if is_invite && (200..300).contains(&code) => {
                Some(Output::PassUp(None))
            }
            State::Completed { .. } if code >= 300 => {
                self.ack_of(response).map(|(flow, ack)| Output::Send(flow, ack))
            }
            State::Completed { .. } | State::Done => None,
        }
    }

    /// Handles a broken stream to `addr`. A request that it may have lost goes out on another
    /// stream, because a stream does not repeat it by itself.
    pub fn on_broken_stream(&mut self, addr: SocketAddr) -> Option<Output> {
        let flow = self.request.flow;
        if !self.is_open() || !flow.is_reliable() || flow.addr != addr {
            return None;
        }
        self.streams = self.streams.checked_sub(1)?;
        Some(self.send_again())
    }

    fn send_again(&self) -> Output {
        let (flow, bytes) = self.request();
        Output::Send(flow, bytes)
    }

    /// Takes the first final response.
    fn complete(&mut self, response: &Message, code: u16, now: Instant) -> Output {
        let lasts = match (self.request.is_invite(), code) {
            (true, 200..300) => Duration::ZERO,
            // Timer D.
            (true, _) => self.timers.patience(),
            // Timer K.
            (false, _) => self.timers.t4,
        };
        self.state = match self.request.flow.is_reliable() || lasts.is_zero() {
            true => State::Done,
            false => State::Completed { until: now + lasts },
        };
        Output::PassUp((code >= 300).then(|| self.ack_of(response)).flatten())
    }

    /// Returns the ACK of a refusal, if the request is an INVITE (§17.1.1.3).
    fn ack_of(&self, refusal: &Message) -> Option<(Flow, Bytes)> {
        self.request.ack_of(refusal).map(|ack| (self.request.flow, ack))
    }
}

#[cfg(test)]
mod loss;
#[cfg(test)]
mod tests;
