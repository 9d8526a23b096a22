//! The life of one placed attempt, from top to bottom: prepare, store, ring, talk, report.

use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use campanile_agent::{
    Agent, Ask, Asked, Blame, Brief, Conversation, Failure, Happened, Notes, Outside, Refused,
    Said, Setting, Voice, tools::Tools,
};
use campanile_rules::{
    agent::{ResultField, ResultValue, Results},
    attempt::{Attempt, EndReason, Ending, Outcome, Party},
    dispatcher::{Input, Snag},
    time::Timestamp,
};
use campanile_sip::{CallEnd, Dialog, EndKind, outcome};
use campanile_store::{CallLog, Utterance};
use campanile_telephony::{Call, CallEvent, Outgoing, PreparedCall};
use futures::FutureExt;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::Instrument as _;

use crate::{
    brief,
    line::CallLine,
    live::LiveCall,
    measure,
    message::{Message, RowOfCall},
    ready,
    recordings::Take,
    transfer::Transferring,
    trunks, verbs,
    world::{DialogNote, World},
};

/// Dials a stored attempt and reports the result. Whatever fails inside, the node gets exactly one
/// `Ended` or one `Undialed`, unless the node withdraws the attempt itself.
pub(crate) async fn run(world: Arc<World>, attempt: Attempt, row: RowOfCall) {
    let (id, trunk) = (attempt.id, attempt.trunk);
    let span = tracing::error_span!(
        "attempt",
        call_id = attempt.call_id,
        batch = %attempt.batch,
        %trunk,
    );
    let marked = AtomicBool::new(false);
    let dialing = dial(&world, attempt, &row, &marked).instrument(span.clone());
    let over = AssertUnwindSafe(dialing).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(parent: &span, attempt = %id, "a call broke off inside the engine");
        match marked.into_inner() {
            true => {
                Over::Ended(Box::new(Ending::interrupted(None, world.now())), CallLog::default())
            }
            false => Over::Snagged(Snag::Machine(BROKE.into())),
        }
    });
    match over {
        Over::Snagged(snag) => {
            tracing::debug!(parent: &span, ?snag, "not dialed");
            world.news(Input::Undialed { attempt: id, snag });
        }
        Over::Ended(ending, log) => {
            world.note_trunk(trunk, |record| record.ended(&ending));
            world.send(Message::CallOver { attempt: id, ending: *ending, log });
        }
        Over::Withdrawn => tracing::debug!(parent: &span, "withdrawn"),
    }
}

/// Why an attempt was not dialed, if the cause is a bug in the program.
const BROKE: &str = "a call cannot be prepared, by a fault of the program; its log says more";

/// The result of a placed attempt.
enum Over {
    /// The call was dialed. The values are its ending and what is kept of the call.
    Ended(Box<Ending>, CallLog),
    /// The attempt must not be dialed any more; the node releases it.
    Withdrawn,
    /// The attempt could not be dialed; its INVITE never left.
    Snagged(Snag),
}

/// Dials and returns the result. `marked` is set when the INVITE may leave.
async fn dial(world: &World, attempt: Attempt, row: &RowOfCall, marked: &AtomicBool) -> Over {
    let placed_at = Instant::now();
    let (prepared, mut cast) = match prepare(world, &attempt, &row.cells).await {
        Ok(ready) => ready,
        Err(snag) => return Over::Snagged(snag),
    };
    let (go, invited) = oneshot::channel();
    let dialog = as_text(prepared.dialog());
    world.send(Message::Prepared { attempt: attempt.id, dialog, go });
    if invited.await.is_err() {
        return Over::Withdrawn;
    }
    marked.store(true, Ordering::Relaxed);
    let mut call = world.sip.dial(prepared).await;
    let dialed_at = world.now();
    world.news(Input::Dialed { attempt: attempt.id, at: dialed_at });
    measure::dialed(
        &attempt,
        placed_at.elapsed(),
        row.retry_due_at.map(|due| dialed_at.since(due)),
    );
    let (ending, log) = follow(world, &attempt, &mut call, &mut cast).await;
    if ending.end_reason == EndReason::AgentFailed && !ending.permanent {
        world.note_ready(attempt.batch, false);
    }
    measure::set_up(&ending.evidence, dialed_at);
    tracing::debug!(outcome = ending.outcome.as_str(), reason = ending.end_reason.as_str(), "over");
    Over::Ended(Box::new(ending), CallLog { ladder: call.take_ladder(), ..log })
}

/// Who talks in a call.
struct Cast {
    brief: Arc<Brief>,
    voice: Arc<dyn Voice>,
    agent: Box<dyn Agent>,
    /// What was said so far.
    live: LiveCall,
    /// What is asked of the call from outside. None once the conversation has taken it.
    asks: Option<mpsc::Receiver<Ask>>,
}

/// Prepares everything that can fail before the phone rings: the port for sound, the connection to
/// the trunk, the agent. Nothing of this is left to do when the attempt is marked as dialed.
async fn prepare(
    world: &World,
    attempt: &Attempt,
    cells: &[String],
) -> Result<(PreparedCall, Cast), Snag> {
    let batch = world.brief(attempt.batch).await.map_err(|error| {
        tracing::error!(%error, "the call cannot be placed");
        Snag::Store
    })?;
    let brief = Arc::new(brief::fill(&batch, attempt, cells));
    let trunk = world.trunk(attempt.trunk);
    let trunk = trunk.ok_or_else(|| Snag::Trunk("it is unknown to the engine".into()))?;
    let outgoing = Outgoing {
        call_id: attempt.call_id.clone(),
        from: batch.from_number,
        to: attempt.number,
        ring_timeout: Duration::from_secs(u64::from(brief.version.ring_timeout_s)),
    };
    let prepared = world.sip.prepare(&trunk, outgoing).await;
    let prepared = prepared.map_err(|error| trunks::snag(&error))?;
    let connector = world.connectors.of(attempt.workspace);
    let http = world.connectors.http(attempt.workspace);
    let own = world.voice.of(attempt.workspace);
    let voice = campanile_agent::voice_for(&brief.version, own, http.clone());
    let mut agent = campanile_agent::for_call(brief.clone(), voice.clone(), connector, http);
    ready::open(world, attempt.batch, agent.as_mut()).await?;
    let (live, asks) = world.live.enter(brief.clone());
    Ok((prepared, Cast { brief, voice, agent, live, asks: Some(asks) }))
}

/// Follows the call from the INVITE to its end.
async fn follow(
    world: &World,
    attempt: &Attempt,
    call: &mut Call,
    cast: &mut Cast,
) -> (Ending, CallLog) {
    let mut is_ready = false;
    let mut hang_up = world.hang_up.subscribe();
    loop {
        let event = tokio::select! {
            biased;
            event = call.next() => event,
            () = told(&mut hang_up) => {
                call.hang_up(Party::Engine).await;
                return (outcome::classify(&last_word(call).await), CallLog::default());
            }
            () = asked_to_hang_up(&mut cast.asks) => {
                call.hang_up(Party::Engine).await;
                return (outcome::classify(&last_word(call).await), CallLog::default());
            }
            ready = cast.agent.ring(), if !is_ready => match ready {
                Ok(()) => {
                    is_ready = true;
                    world.note_ready(attempt.batch, true);
                    continue;
                }
                Err(failure) => return (ready::withdraw(call, failure).await, CallLog::default()),
            },
        };
        match event {
            CallEvent::Heard { at } => {
                world.note_trunk(attempt.trunk, |record| record.answered(at));
                world.news(Input::TrunkAnswered { id: attempt.trunk, at });
            }
            CallEvent::Silent => world.news(Input::Silent { attempt: attempt.id }),
            CallEvent::Ringing { .. } | CallEvent::Transfer(_) => {}
            CallEvent::Challenged(dialog) => {
                note(world, attempt, &dialog, None).await;
                call.proceed().await;
            }
            CallEvent::Answered { dialog, at } => {
                note(world, attempt, &dialog, Some(at)).await;
                let take = world.recordings.begin(&attempt.call_id, at);
                return talk(world, attempt, (call, cast), take).await;
            }
            CallEvent::Ended(end) => return (outcome::classify(&end), CallLog::default()),
        }
    }
}

async fn talk(
    world: &World,
    attempt: &Attempt,
    (call, cast): (&mut Call, &mut Cast),
    take: Option<Take>,
) -> (Ending, CallLog) {
    let Some(audio) = call.accept().await else {
        return (outcome::classify(&last_word(call).await), CallLog::default());
    };
    let mut line = CallLine::new(audio, take, world.hang_up.subscribe());
    let tools = Tools::of(&cast.brief.version, world.connectors.http(cast.brief.workspace));
    let mut outside = cast.asks.take().map(|asks| Outside { asks, tools });
    let (mut conversation, mut far_end) = converse(call, cast, &mut line, &mut outside).await;
    let mut transfer = None;
    if let Some(to) = conversation.transfer.take() {
        let (line, far_end) = (&mut line, &mut far_end);
        let (attempt, Cast { brief, voice, live, .. }) = (attempt.id, &*cast);
        let voice = voice.as_ref();
        let transferring =
            Transferring { world, attempt, call, brief, voice, live, line, far_end, outside };
        transfer = Some(transferring.run(to, &mut conversation).await);
    }
    let was_stopped = line.was_stopped();
    let tape = line.end();
    let by = if was_stopped { Party::Engine } else { Party::Agent };
    let end = match far_end {
        Some(end) => end,
        None => {
            call.hang_up(by).await;
            last_word(call).await
        }
    };
    let mut ending = outcome::classify(&end);
    ending.evidence.transfer = transfer.map(Box::new);
    let seen = (ending.outcome, ending.end_reason);
    let log = conclude(&mut ending, (conversation, &cast.brief.version.results));
    if was_stopped {
        (ending.outcome, ending.end_reason) = seen;
    } else if end.kind != EndKind::HungUp {
        // If the network broke the call, the agent only noticed silence.
        ending.end_reason = seen.1;
    }
    measure::talked(&log);
    let recording = match tape {
        Some(tape) => Some(tape.finished().await),
        None => None,
    };
    (ending, CallLog { recording, ..log })
}

/// Lets the agent talk until it is done or the line ends. Returns the conversation and, if the far end
/// ended the call, how.
async fn converse(
    call: &mut Call,
    Cast { brief, voice, agent, live, .. }: &mut Cast,
    line: &mut CallLine,
    outside: &mut Option<Outside>,
) -> (Conversation, Option<CallEnd>) {
    let (notes, mut news) = Notes::channel();
    let outside = outside.as_mut();
    let setting = Setting { brief, voice: voice.as_ref(), notes, outside };
    let conversation = campanile_agent::converse(line, agent.as_mut(), setting);
    tokio::pin!(conversation);
    let mut far_end = None;
    loop {
        tokio::select! {
            conversation = &mut conversation => return (conversation, far_end),
            event = call.next(), if far_end.is_none() => {
                if let CallEvent::Ended(end) = event {
                    far_end = Some(end);
                }
            }
            Some(note) = news.recv() => live.take(note),
        }
    }
}

/// Returns when somebody asks an unanswered call to hang up. Whatever else is asked of it is refused.
async fn asked_to_hang_up(asks: &mut Option<mpsc::Receiver<Ask>>) {
    let Some(asks) = asks else { return std::future::pending().await };
    while let Some(Ask { what, answer }) = asks.recv().await {
        let (done, ends) = match what {
            Asked::HangUp { .. } => (Ok("The call is cancelled.".to_owned()), true),
            Asked::Use { .. } => (Err(Refused::Unanswered), false),
        };
        // Whoever asked may have gone.
        let _ = answer.send(done);
        if ends {
            return;
        }
    }
    std::future::pending().await
}

/// Returns when every call must be hung up.
pub(crate) async fn told(hang_up: &mut watch::Receiver<bool>) {
    let _ = hang_up.wait_for(|now| *now).await;
}

pub(crate) async fn last_word(call: &mut Call) -> CallEnd {
    loop {
        if let CallEvent::Ended(end) = call.next().await {
            return end;
        }
    }
}

/// Adds the result of the conversation to the ending of an answered call, and returns what is kept of
/// it. `declared` are the results that the agent may record.
fn conclude(
    ending: &mut Ending,
    (conversation, declared): (Conversation, &[ResultField]),
) -> CallLog {
    ending.evidence.answered_by = conversation.answered_by;
    ending.evidence.amd_confidence = conversation.amd_confidence;
    ending.evidence.amd_decided_ms = conversation.amd_decided_ms;
    ending.evidence.asked_to_stop = conversation.asked_to_stop;
    ending.evidence.digits = Some(conversation.digits).filter(|digits| !digits.is_empty());
    ending.evidence.results = typed(conversation.results, declared);
    ending.evidence.usage = conversation.happened.usage;
    let spoke = |by_agent| conversation.transcript.iter().any(|said| said.by_agent == by_agent);
    if conversation.voicemail {
        ending.outcome = Outcome::Voicemail;
    } else if conversation.end_reason == EndReason::AgentFailed && !(spoke(true) && spoke(false)) {
        // Once both sides have spoken, the recipient is not called again about the same matter.
        ending.outcome = Outcome::Failed;
    }
    if let Some(Failure { cause, blame }) = &conversation.failure {
        ending.evidence.cause = Some(cause.clone());
        ending.permanent |= *blame == Blame::Call;
    }
    ending.end_reason = conversation.end_reason;
    call_log(conversation.transcript, conversation.happened)
}

/// Gives recorded values the types that the agent's version declares.
pub(crate) fn typed(recorded: BTreeMap<String, String>, declared: &[ResultField]) -> Results {
    let value = |(name, text): (String, String)| {
        let field = declared.iter().find(|field| field.name == name)?;
        Some((name, ResultValue::of(field.kind, text)))
    };
    recorded.into_iter().filter_map(value).collect()
}

/// Returns the log of a conversation.
pub(crate) fn call_log(said: Vec<Said>, happened: Happened) -> CallLog {
    let Happened { latencies, actions, .. } = happened;
    let transcript = said.into_iter().map(utterance).collect();
    CallLog { transcript, latencies, actions, ..CallLog::default() }
}

fn utterance(said: Said) -> Utterance {
    Utterance {
        speaker: if said.by_agent { "agent" } else { "user" }.to_owned(),
        text: said.text,
        start_ms: said.start_ms,
        end_ms: said.end_ms,
    }
}

async fn note(world: &World, attempt: &Attempt, dialog: &Dialog, answered_at: Option<Timestamp>) {
    verbs::note(world, attempt.id, DialogNote { dialog: as_text(dialog), answered_at }).await;
}

fn as_text(dialog: &Dialog) -> String {
    serde_json::to_string(dialog).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn recorded_values_have_the_types_of_their_version() {
        let declared = json!([
            {"name": "coming", "type": "boolean"}, {"name": "guests", "type": "number"},
            {"name": "slot", "type": "choice", "choices": ["1", "2"]}, {"name": "note"},
        ]);
        let declared: Vec<ResultField> = serde_json::from_value(declared).unwrap();
        let recorded =
            [("coming", "true"), ("guests", "3"), ("slot", "2"), ("note", "5"), ("other", "x")];
        let recorded = recorded.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let typed = typed(BTreeMap::from(recorded), &declared);
        let expected = json!({"coming": true, "guests": 3, "note": "5", "slot": "2"});
        assert_eq!(json!(typed), expected);
    }
}
