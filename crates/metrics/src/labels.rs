//! The words that labels may have. Every set is closed, so that nothing a user dials, uploads or
//! types creates a new series.

use campanile_rules::{
    attempt::{AnsweredBy, EndReason, Outcome},
    blocker::Blocker,
};

/// A closed set of words.
pub trait Label: Copy + Send + Sync + 'static {
    /// The name of the label.
    const NAME: &'static str;
    /// Every word; the index of each is its [`Label::place`].
    const ALL: &'static [Self];
    /// The word as it is exposed.
    fn word(self) -> &'static str;
    /// The index of the word in [`Label::ALL`].
    fn place(self) -> usize;
}

macro_rules! of_rules {
    ($($label:ident = $name:literal),* $(,)?) => {$(
        impl Label for $label {
            const NAME: &'static str = $name;
            const ALL: &'static [Self] = &$label::ALL;
            fn word(self) -> &'static str {
                self.as_str()
            }
            fn place(self) -> usize {
                self as usize
            }
        }
    )*};
}

of_rules! {
    Outcome = "outcome",
    EndReason = "reason",
    AnsweredBy = "verdict",
    Blocker = "blocker",
}

macro_rules! labels {
    ($($(#[$doc:meta])* $label:ident = $name:literal {
        $($(#[$word_doc:meta])* $variant:ident = $word:literal),* $(,)?
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $label { $($(#[$word_doc])* $variant),* }

        impl Label for $label {
            const NAME: &'static str = $name;
            const ALL: &'static [Self] = &[$($label::$variant),*];
            fn word(self) -> &'static str {
                match self { $($label::$variant => $word),* }
            }
            fn place(self) -> usize {
                self as usize
            }
        }
    )*};
}

labels! {
    /// A hundred of SIP status codes.
    SipClass = "class" {
        /// Provisional.
        Provisional = "1xx",
        /// Success.
        Success = "2xx",
        /// Redirection.
        Redirection = "3xx",
        /// The request failed here.
        Client = "4xx",
        /// The server failed.
        Server = "5xx",
        /// It will fail everywhere.
        Global = "6xx",
    }
    /// A SIP status code that ends an attempt; rare codes appear as their class.
    SipCode = "code" {
        /// Answered.
        S200 = "200",
        /// Bad Request.
        S400 = "400",
        /// Unauthorized.
        S401 = "401",
        /// Payment Required.
        S402 = "402",
        /// Forbidden.
        S403 = "403",
        /// Not Found.
        S404 = "404",
        /// Proxy Authentication Required.
        S407 = "407",
        /// Request Timeout.
        S408 = "408",
        /// Gone.
        S410 = "410",
        /// Temporarily Unavailable.
        S480 = "480",
        /// Call Does Not Exist.
        S481 = "481",
        /// Address Incomplete.
        S484 = "484",
        /// Busy Here.
        S486 = "486",
        /// Request Terminated: our CANCEL.
        S487 = "487",
        /// Not Acceptable Here.
        S488 = "488",
        /// Server Internal Error.
        S500 = "500",
        /// Bad Gateway.
        S502 = "502",
        /// Service Unavailable.
        S503 = "503",
        /// Server Time-out.
        S504 = "504",
        /// Busy Everywhere.
        S600 = "600",
        /// Decline.
        S603 = "603",
        /// Does Not Exist Anywhere.
        S604 = "604",
        /// Unwanted.
        S607 = "607",
        /// Rejected.
        S608 = "608",
        /// Another success.
        Success = "2xx",
        /// A redirection.
        Redirection = "3xx",
        /// Another failure of the request.
        Client = "4xx",
        /// Another failure of the server.
        Server = "5xx",
        /// Another failure everywhere.
        Global = "6xx",
    }
    /// What woke the dispatcher.
    Wakeup = "cause" {
        /// Something happened.
        Message = "message",
        /// A time came.
        Clock = "clock",
    }
    /// What became of a commit.
    Commit = "result" {
        /// It is durable.
        Done = "done",
        /// Nothing of it was stored.
        Failed = "failed",
    }
    /// What became of one POST to a webhook's endpoint.
    Delivery = "result" {
        /// The endpoint took it.
        Delivered = "delivered",
        /// It answered something else than 2xx.
        Refused = "refused",
        /// It answered 410: it wants no more.
        Gone = "gone",
        /// No answer came.
        Unreachable = "unreachable",
    }
    /// How a stream of events ended.
    StreamEnd = "how" {
        /// All was told, the key was revoked, or the server stops.
        Finished = "finished",
        /// The client went away, or was cut off because it did not read.
        Broken = "broken",
    }
    /// Why a request was turned away at the door.
    Refusal = "reason" {
        /// Its key is missing, unknown, wrong, revoked or expired.
        NoValidKey = "no_valid_key",
        /// Its key does not allow it.
        WeakKey = "weak_key",
        /// Its key asks too often: 429.
        KeyTooFast = "key_too_fast",
        /// Its address sends wrong keys too often: 429.
        AddressTooFast = "address_too_fast",
        /// As many streams of events are open as may be: 429.
        TooManyStreams = "too_many_streams",
        /// Its workspace has as many requests under way as it may: 429.
        TooManyAtOnce = "too_many_at_once",
        /// Its workspace has as many files under way as it may: 429.
        TooManyFiles = "too_many_files",
    }
    /// How bad it is what was logged.
    LogLevel = "level" {
        /// An operator must look.
        Error = "error",
        /// An operator may want to know.
        Warn = "warn",
    }
}

impl SipClass {
    /// The class of a status code; none for a number that is not a status code.
    pub fn of(code: u16) -> Option<SipClass> {
        usize::from(code / 100).checked_sub(1).and_then(|class| Self::ALL.get(class)).copied()
    }
}

impl SipCode {
    /// The label of a final status code; none for other numbers.
    pub fn of(code: u16) -> Option<SipCode> {
        let known = |text: &str| Self::ALL.iter().find(|label| label.word() == text).copied();
        match code {
            200..=699 => known(&code.to_string()).or_else(|| known(&format!("{}xx", code / 100))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_place<L: Label>() {
        for (place, label) in L::ALL.iter().enumerate() {
            assert_eq!(label.place(), place, "{} {}", L::NAME, label.word());
        }
    }

    #[test]
    fn every_word_is_at_its_place() {
        in_place::<Outcome>();
        in_place::<EndReason>();
        in_place::<AnsweredBy>();
        in_place::<Blocker>();
        in_place::<SipCode>();
    }

    #[test]
    fn whatever_code_comes_the_set_of_labels_stays() {
        for code in 0..=u16::MAX {
            assert_eq!(SipClass::of(code).is_some(), (100..700).contains(&code), "{code}");
            assert_eq!(SipCode::of(code).is_some(), (200..700).contains(&code), "{code}");
        }
        assert_eq!(SipCode::of(486).map(Label::word), Some("486"));
        assert_eq!(SipCode::of(499).map(Label::word), Some("4xx"));
        assert_eq!(SipClass::of(183).map(Label::word), Some("1xx"));
    }
}
