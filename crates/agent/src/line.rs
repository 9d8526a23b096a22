//! An answered call as an agent sees it.

use async_trait::async_trait;
use campanile_media::{Frame, playout::Playout};

/// 20 ms of a call, as heard.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The other side's sound; silence where packets were lost.
    pub frame: Frame,
    /// A DTMF digit that ended in these 20 ms (RFC 4733), if one did.
    pub digit: Option<char>,
}

/// An answered call. Each `hear` is 20 ms of the call, so an agent counts them and needs no clock.
#[async_trait]
pub trait Line: Send {
    /// Waits for the next 20 ms; None when the call is over. Cancel safe: dropping the future
    /// before it is ready loses nothing.
    async fn hear(&mut self) -> Option<Heard>;
    /// Returns the queue of the agent's sound. Each `hear` pulls one frame from it.
    fn playout(&mut self) -> &mut Playout;
    /// Appends a DTMF digit to what is being played.
    fn press(&mut self, digit: char);
}
