//! How a call ended on the wire, and the outcome recorded for it. Only the table in this file knows
//! what a SIP code means for a recipient.

use std::time::Duration;

use campanile_rules::{
    attempt::{EndReason, Ending, Evidence, Outcome, Party},
    time::Timestamp,
};

/// How a call ended on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEnd {
    /// The status of the final response to the INVITE, if there was one.
    pub sip_code: Option<u16>,
    /// The reason phrase of that response, as the far end wrote it.
    pub reason: Option<String>,
    /// The Q.850 cause of a Reason header (RFC 3326).
    pub q850: Option<u16>,
    /// Whether the cause arose at the recipient's own phone (RFC 8606).
    pub q850_at_user: bool,
    /// The Retry-After of a refusal (RFC 3261 §20.33).
    pub retry_after: Option<Duration>,
    /// When the first 18x came.
    pub ringing_at: Option<Timestamp>,
    /// When the 2xx came.
    pub answered_at: Option<Timestamp>,
    /// When the first BYE left or came. The talk ends here, because nobody talks while a BYE waits
    /// for its answer.
    pub talk_ended_at: Option<Timestamp>,
    /// When nothing of the call was left on the wire.
    pub ended_at: Timestamp,
    /// Which party ended the call, if one did.
    pub by: Option<Party>,
    /// What ended the call.
    pub kind: EndKind,
}

impl CallEnd {
    /// The end of a call about which nothing more is known.
    pub fn lost(ended_at: Timestamp) -> CallEnd {
        CallEnd {
            sip_code: None,
            reason: None,
            q850: None,
            q850_at_user: false,
            retry_after: None,
            ringing_at: None,
            answered_at: None,
            talk_ended_at: None,
            ended_at,
            by: None,
            kind: EndKind::Lost,
        }
    }
}

/// What ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndKind {
    /// A final response other than 2xx came; its code says why.
    Refused,
    /// The call rang for its whole ring timeout and was cancelled.
    RingTimeout,
    /// We cancelled the call before it was answered, for another reason than the ring timeout.
    Cancelled,
    /// No response came at all, or the trunk refused the connection.
    Unreachable,
    /// The trunk refused our credentials, or asked for credentials that we do not have.
    AuthFailed,
    /// The call was answered, and one side hung up.
    HungUp,
    /// The call was answered with no codec that we speak.
    NoMedia,
    /// The call was answered, and later its sound stopped coming.
    MediaTimeout,
    /// The call was answered, and later the far end stopped responding: it did not acknowledge a
    /// change or did not refresh the session.
    Abandoned,
    /// We failed.
    Lost,
}

/// The condition of a row in the table.
enum When {
    /// Status codes, first and last.
    Codes(u16, u16),
    /// Q.850 causes.
    Causes(&'static [u16]),
    /// A Q.850 cause that arose at the recipient's own phone (RFC 8606).
    AtUser(u16),
    /// A text in the reason phrase, in upper or lower case.
    Phrase(&'static str),
}

struct Row(When, Outcome, EndReason, Permanent);
type Permanent = bool;

/// What a refusal means. The first matching row counts. The rows stand in this order: codes that
/// are clear about the recipient, causes that say more than any other code, the trunk's own codes,
/// and causes that say more only than a code for “not reached”. Causes 16, 31, 127 and causes not
/// listed here say nothing that the code does not say better. The meanings follow the codes that
/// RFC 3398 §8.2.6.1 gives the causes, with three exceptions: 2 and 3 mean the trunk's routing and
/// not a number that does not exist, and 88 is not congestion.
const TABLE: &[Row] = {
    use EndReason as R;
    use Outcome as O;
    use When::{AtUser, Causes, Codes, Phrase};
    &[
        Row(Phrase("channel limit"), O::Failed, R::TrunkCongested, false),
        Row(Codes(401, 401), O::Failed, R::TrunkAuthFailed, false),
        Row(Codes(407, 407), O::Failed, R::TrunkAuthFailed, false),
        Row(Codes(486, 486), O::Busy, R::UserBusy, false),
        Row(Codes(600, 600), O::Busy, R::UserBusy, false),
        Row(Codes(603, 603), O::Failed, R::UserDeclined, false),
        // RFC 8197, RFC 8688: the recipient does not want these calls.
        Row(Codes(607, 608), O::Failed, R::UserDeclined, true),
        Row(Codes(404, 404), O::Failed, R::InvalidNumber, true),
        Row(Codes(410, 410), O::Failed, R::InvalidNumber, true),
        Row(Codes(484, 484), O::Failed, R::InvalidNumber, true),
        Row(Codes(604, 604), O::Failed, R::InvalidNumber, true),
        // Unallocated number, number changed, address incomplete.
        Row(Causes(&[1, 22, 28]), O::Failed, R::InvalidNumber, true),
        Row(Causes(&[17]), O::Busy, R::UserBusy, false),
        // No user responding, no answer from the user who was alerted.
        Row(Causes(&[18, 19]), O::NoAnswer, R::UserDidNotPickUp, false),
        // Subscriber absent.
        Row(Causes(&[20]), O::NoAnswer, R::UserUnreachable, false),
        // Call rejected: by the recipient if it arose at the phone, else by the network.
        Row(AtUser(21), O::Failed, R::UserDeclined, false),
        Row(Causes(&[21]), O::RejectedByRoute, R::DestinationForbidden, true),
        // Calls barred, also within a closed user group; bearer capability not authorized.
        Row(Causes(&[52, 53, 54, 55, 57, 87]), O::RejectedByRoute, R::DestinationForbidden, true),
        // No circuit, network out of order, temporary failure, congestion, no requested circuit,
        // precedence call blocked, no resource, bearer capability not available at present.
        Row(Causes(&[34, 38, 41, 42, 44, 46, 47, 58]), O::Failed, R::TrunkCongested, false),
        // No route, exchange routing error, destination out of order.
        Row(Causes(&[2, 3, 25, 27]), O::Failed, R::NetworkFailure, false),
        Row(Codes(503, 503), O::Failed, R::TrunkCongested, false),
        Row(Codes(429, 429), O::Failed, R::TrunkCongested, false),
        Row(Codes(403, 403), O::RejectedByRoute, R::DestinationForbidden, true),
        // Two networks could not work together; no phone rang.
        Row(Causes(&[29, 43, 49, 50, 63, 65, 66, 69, 70, 79]), O::Failed, R::NetworkFailure, false),
        Row(Causes(&[81, 82, 83, 84, 85, 86, 88]), O::Failed, R::NetworkFailure, false),
        Row(Causes(&[90, 91, 95, 96, 97, 98, 99]), O::Failed, R::NetworkFailure, false),
        Row(Causes(&[100, 101, 102, 103, 110, 111]), O::Failed, R::NetworkFailure, false),
        Row(Codes(480, 480), O::NoAnswer, R::UserUnreachable, false),
        Row(Codes(408, 408), O::NoAnswer, R::UserDidNotPickUp, false),
        Row(Codes(487, 487), O::NoAnswer, R::UserDidNotPickUp, false),
        // Redirects are not followed: the INVITE would go to a host that nobody configured.
        Row(Codes(300, 399), O::Failed, R::NetworkFailure, false),
        Row(Codes(400, 699), O::Failed, R::NetworkFailure, false),
    ]
};

/// Returns the ending recorded for a call. For an answered call it holds only what the wire knows;
/// the agent reports who answered and how the talk went.
pub fn classify(end: &CallEnd) -> Ending {
    let (outcome, end_reason, permanent) = match end.kind {
        EndKind::Refused => refusal(end),
        EndKind::RingTimeout => (Outcome::NoAnswer, EndReason::UserDidNotPickUp, false),
        EndKind::Cancelled | EndKind::Lost => {
            (Outcome::Interrupted, EndReason::EngineInterrupted, false)
        }
        EndKind::Unreachable => (Outcome::Failed, EndReason::TrunkUnreachable, false),
        EndKind::AuthFailed => (Outcome::Failed, EndReason::TrunkAuthFailed, false),
        EndKind::NoMedia => (Outcome::Failed, EndReason::NetworkFailure, false),
        EndKind::MediaTimeout | EndKind::Abandoned => {
            (Outcome::Completed, EndReason::NetworkFailure, false)
        }
        EndKind::HungUp => match end.by {
            Some(Party::Recipient) | None => {
                (Outcome::Completed, EndReason::UserDisconnected, false)
            }
            Some(Party::Agent) => (Outcome::Completed, EndReason::AgentDisconnected, false),
            Some(Party::Engine) => (Outcome::Interrupted, EndReason::EngineInterrupted, false),
        },
    };
    let congested = end_reason == EndReason::TrunkCongested;
    Ending {
        outcome,
        end_reason,
        permanent,
        retry_after: end.retry_after.filter(|_| congested),
        ended_at: end.ended_at,
        evidence: evidence(end),
    }
}

fn refusal(end: &CallEnd) -> (Outcome, EndReason, bool) {
    let code = end.sip_code.unwrap_or_default();
    let phrase = end.reason.as_deref().unwrap_or_default().to_ascii_lowercase();
    let row = TABLE.iter().find(|Row(when, ..)| match when {
        When::Codes(first, last) => (*first..=*last).contains(&code),
        When::Causes(causes) => end.q850.is_some_and(|cause| causes.contains(&cause)),
        When::AtUser(cause) => end.q850 == Some(*cause) && end.q850_at_user,
        When::Phrase(part) => phrase.contains(part),
    });
    row.map_or((Outcome::Failed, EndReason::NetworkFailure, false), |row| (row.1, row.2, row.3))
}

fn evidence(end: &CallEnd) -> Evidence {
    let talk_ended_at = end.talk_ended_at.unwrap_or(end.ended_at);
    let talk = end.answered_at.map(|answered_at| talk_ended_at.since(answered_at));
    Evidence {
        sip_code: end.sip_code,
        sip_reason: end.reason.clone(),
        q850_cause: end.q850,
        ringing_at: end.ringing_at,
        answered_at: end.answered_at,
        talk_ms: talk.map(|talk| u64::try_from(talk.as_millis()).unwrap_or(u64::MAX)),
        hung_up_by: end.by.filter(|_| end.answered_at.is_some()),
        ..Evidence::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EndReason as R;
    use Outcome as O;

    fn end(kind: EndKind) -> CallEnd {
        CallEnd { kind, ..CallEnd::lost(Timestamp(9_000_000)) }
    }

    fn refused(code: u16, q850: Option<u16>, reason: &str) -> (Outcome, EndReason, bool) {
        let reason = Some(reason.to_owned());
        let ending =
            classify(&CallEnd { sip_code: Some(code), q850, reason, ..end(EndKind::Refused) });
        (ending.outcome, ending.end_reason, ending.permanent)
    }

    #[test]
    fn every_refusal_means_what_the_table_of_the_product_says() {
        for (code, outcome, reason, permanent) in [
            (486, O::Busy, R::UserBusy, false),
            (600, O::Busy, R::UserBusy, false),
            (603, O::Failed, R::UserDeclined, false),
            (607, O::Failed, R::UserDeclined, true),
            (608, O::Failed, R::UserDeclined, true),
            (487, O::NoAnswer, R::UserDidNotPickUp, false),
            (480, O::NoAnswer, R::UserUnreachable, false),
            (408, O::NoAnswer, R::UserDidNotPickUp, false),
            (404, O::Failed, R::InvalidNumber, true),
            (410, O::Failed, R::InvalidNumber, true),
            (484, O::Failed, R::InvalidNumber, true),
            (604, O::Failed, R::InvalidNumber, true),
            (403, O::RejectedByRoute, R::DestinationForbidden, true),
            (503, O::Failed, R::TrunkCongested, false),
            (429, O::Failed, R::TrunkCongested, false),
            (401, O::Failed, R::TrunkAuthFailed, false),
            (407, O::Failed, R::TrunkAuthFailed, false),
            (302, O::Failed, R::NetworkFailure, false),
            (400, O::Failed, R::NetworkFailure, false),
            (488, O::Failed, R::NetworkFailure, false),
            (500, O::Failed, R::NetworkFailure, false),
            (504, O::Failed, R::NetworkFailure, false),
            (606, O::Failed, R::NetworkFailure, false),
        ] {
            assert_eq!(refused(code, None, "X"), (outcome, reason, permanent), "{code}");
        }
    }

    type Meaning = (Outcome, EndReason, bool);
    const BUSY: Meaning = (O::Busy, R::UserBusy, false);
    const RANG: Meaning = (O::NoAnswer, R::UserDidNotPickUp, false);
    const AWAY: Meaning = (O::NoAnswer, R::UserUnreachable, false);
    const NO_SUCH: Meaning = (O::Failed, R::InvalidNumber, true);
    const FORBIDDEN: Meaning = (O::RejectedByRoute, R::DestinationForbidden, true);
    const FULL: Meaning = (O::Failed, R::TrunkCongested, false);
    const BROKEN: Meaning = (O::Failed, R::NetworkFailure, false);

    /// Codes that say little about why the recipient was not reached.
    const UNCLEAR: [u16; 14] =
        [302, 400, 403, 408, 480, 481, 483, 487, 488, 500, 501, 502, 504, 606];

    fn each(causes: &[u16], codes: &[u16], meaning: Meaning) {
        for (cause, code) in
            causes.iter().flat_map(|cause| codes.iter().map(move |code| (cause, code)))
        {
            assert_eq!(refused(*code, Some(*cause), "X"), meaning, "{code} with cause {cause}");
        }
    }

    #[test]
    fn a_cause_that_is_clearer_than_its_code_is_believed() {
        let also_full: Vec<u16> = UNCLEAR.into_iter().chain([503, 429]).collect();
        each(&[1, 22, 28], &also_full, NO_SUCH);
        each(&[17], &also_full, BUSY);
        each(&[18, 19], &also_full, RANG);
        each(&[20], &also_full, AWAY);
        each(&[21, 52, 53, 54, 55, 57, 87], &also_full, FORBIDDEN);
        each(&[34, 38, 41, 42, 44, 46, 47, 58], &also_full, FULL);
        each(&[2, 3, 25, 27], &also_full, BROKEN);
        let technical = [
            29, 43, 49, 50, 63, 65, 66, 69, 70, 79, 81, 82, 83, 84, 85, 86, 88, 90, 91, 95, 96, 97,
            98, 99, 100, 101, 102, 103, 110, 111,
        ];
        each(&technical, &[302, 408, 480, 487, 488, 500, 502, 504], BROKEN);
        each(&technical, &[503, 429], FULL);
        each(&technical, &[403], FORBIDDEN);
    }

    #[test]
    fn a_code_that_is_clear_about_the_person_stands_whatever_the_cause() {
        let every: Vec<u16> = (1..128).collect();
        each(&every, &[486, 600], BUSY);
        each(&every, &[603], (O::Failed, R::UserDeclined, false));
        each(&every, &[607, 608], (O::Failed, R::UserDeclined, true));
        each(&every, &[404, 410, 484, 604], NO_SUCH);
    }

    #[test]
    fn a_cause_that_says_nothing_leaves_the_code_alone() {
        for cause in [0, 4, 5, 16, 30, 31, 56, 127, 200] {
            for code in UNCLEAR.into_iter().chain([503, 429]) {
                assert_eq!(
                    refused(code, Some(cause), ""),
                    refused(code, None, ""),
                    "{code} {cause}"
                );
            }
        }
    }

    #[test]
    fn who_rejected_the_call_is_told_by_where_the_cause_arose() {
        let at_user = CallEnd {
            sip_code: Some(480),
            q850: Some(21),
            q850_at_user: true,
            ..end(EndKind::Refused)
        };
        let declined = classify(&at_user);
        assert_eq!((declined.outcome, declined.end_reason), (O::Failed, R::UserDeclined));
        assert!(!declined.permanent);
        assert_eq!(refused(480, Some(21), ""), FORBIDDEN);
    }

    #[test]
    fn a_phrase_about_the_channel_limit_is_congestion() {
        assert_eq!(refused(403, Some(21), "Account Channel Limit Exceeded"), FULL);
    }

    #[test]
    fn every_other_end_has_its_meaning() {
        for (kind, outcome, reason) in [
            (EndKind::RingTimeout, O::NoAnswer, R::UserDidNotPickUp),
            (EndKind::Cancelled, O::Interrupted, R::EngineInterrupted),
            (EndKind::Unreachable, O::Failed, R::TrunkUnreachable),
            (EndKind::AuthFailed, O::Failed, R::TrunkAuthFailed),
            (EndKind::HungUp, O::Completed, R::UserDisconnected),
            (EndKind::NoMedia, O::Failed, R::NetworkFailure),
            (EndKind::MediaTimeout, O::Completed, R::NetworkFailure),
            (EndKind::Abandoned, O::Completed, R::NetworkFailure),
            (EndKind::Lost, O::Interrupted, R::EngineInterrupted),
        ] {
            let ending = classify(&end(kind));
            assert_eq!((ending.outcome, ending.end_reason), (outcome, reason), "{kind:?}");
            assert!(!ending.permanent);
        }
        for (by, outcome, reason) in [
            (Party::Recipient, O::Completed, R::UserDisconnected),
            (Party::Agent, O::Completed, R::AgentDisconnected),
            (Party::Engine, O::Interrupted, R::EngineInterrupted),
        ] {
            let ending = classify(&CallEnd { by: Some(by), ..end(EndKind::HungUp) });
            assert_eq!((ending.outcome, ending.end_reason), (outcome, reason), "{by:?}");
        }
    }

    #[test]
    fn the_trunk_is_left_alone_for_as_long_as_it_asks() {
        let busy_trunk = CallEnd {
            sip_code: Some(503),
            retry_after: Some(Duration::from_secs(7)),
            ..end(EndKind::Refused)
        };
        assert_eq!(classify(&busy_trunk).retry_after, Some(Duration::from_secs(7)));
        let busy_person = CallEnd { sip_code: Some(486), ..busy_trunk };
        assert_eq!(classify(&busy_person).retry_after, None);
    }

    #[test]
    fn talk_time_runs_from_answer_to_end() {
        let answered_at = Some(Timestamp(7_500_000));
        let by = Some(Party::Recipient);
        let evidence = classify(&CallEnd { answered_at, by, ..end(EndKind::HungUp) }).evidence;
        assert_eq!(evidence.talk_ms, Some(1_500));
        let talk_ended_at = Some(Timestamp(8_000_000));
        let unanswered_bye = CallEnd { answered_at, talk_ended_at, by, ..end(EndKind::HungUp) };
        assert_eq!(classify(&unanswered_bye).evidence.talk_ms, Some(500));
        assert_eq!(evidence.hung_up_by, by);
    }
}
