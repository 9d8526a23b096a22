//! Detection of voicemail, and the agent's reaction to it.

use campanile_media::amd::{Event, FRAME_MS};
use campanile_rules::{
    agent::VoicemailAction,
    attempt::{EndReason, Party},
};

use crate::{
    Farewell,
    supervised::{Supervised, is_machine},
};

/// A longer greeting gets no message.
const LONGEST_GREETING_MS: u32 = 60_000;
/// The quiet after the beep before the message begins.
const AFTER_BEEP_MS: u32 = 200;
/// The quiet to wait for when speech goes on after the beep.
const AFTER_SPEECH_MS: u32 = 1_500;
/// The quiet after which no beep is expected any more.
const NO_BEEP_MS: u32 = 4_000;
/// Sound this soon after the beep may be the end of the beep itself.
const ECHO_OF_BEEP_MS: u32 = 240;

/// Listens until it is clear whether a person answered. Returns [`Farewell::Machine`] for a machine.
pub(crate) async fn screen(call: &mut Supervised<'_>) -> Result<(), Farewell> {
    loop {
        if let Some(Event::Decided(decision)) = call.step().await?
            && decision.is_final
        {
            return if is_machine(decision.class) { Err(Farewell::Machine) } else { Ok(()) };
        }
    }
}

/// Hangs up on the machine or leaves the message, as the version says. Returns why the call ended.
pub(crate) async fn answer(call: &mut Supervised<'_>) -> Farewell {
    let result = match call.brief().version.voicemail {
        VoicemailAction::HangUp => Ok(()),
        VoicemailAction::LeaveMessage => leave_message(call).await,
    };
    match result {
        Ok(()) => Farewell::Over(EndReason::VoicemailDetected, Party::Agent),
        Err(Farewell::Over(_, ended_by)) => Farewell::Over(EndReason::VoicemailDetected, ended_by),
        Err(
            cut @ (Farewell::Machine
            | Farewell::StopCalling
            | Farewell::Transfer(_)
            | Farewell::Failed(_)),
        ) => cut,
    }
}

async fn leave_message(call: &mut Supervised<'_>) -> Result<(), Farewell> {
    if !greeting_ends(call).await? {
        return Ok(());
    }
    match call.say(&call.brief().version.voicemail_message).await {
        // The beep came after all, during the message: say the message again after it.
        Err(Farewell::Machine) => {
            if !greeting_ends(call).await? {
                return Ok(());
            }
            call.say(&call.brief().version.voicemail_message).await?;
        }
        result => result?,
    }
    call.linger().await
}

/// Waits for the beep, or for silence in its place. False when neither comes, or nobody records.
async fn greeting_ends(call: &mut Supervised<'_>) -> Result<bool, Farewell> {
    let mut quiet_ms = 0;
    for _ in 0..LONGEST_GREETING_MS / FRAME_MS {
        if !call.takes_messages() {
            break;
        }
        let event = call.step().await?;
        quiet_ms = if call.is_voiced() { 0 } else { quiet_ms + FRAME_MS };
        match event {
            Some(Event::Beep(_)) => {
                quiet_after_beep(call).await?;
                return Ok(true);
            }
            Some(Event::GreetingEnded(_)) => return Ok(call.takes_messages()),
            // An agent that takes the other side for a machine may be the only one to do so.
            Some(Event::Decided(_)) | None if quiet_ms >= NO_BEEP_MS => return Ok(true),
            Some(Event::Decided(_)) | None => {}
        }
    }
    Ok(false)
}

async fn quiet_after_beep(call: &mut Supervised<'_>) -> Result<(), Farewell> {
    let (mut since_ms, mut quiet_ms, mut goes_on) = (0, 0, false);
    while quiet_ms < if goes_on { AFTER_SPEECH_MS } else { AFTER_BEEP_MS } {
        call.step().await?;
        since_ms += FRAME_MS;
        quiet_ms = if call.is_voiced() { 0 } else { quiet_ms + FRAME_MS };
        goes_on |= call.is_voiced() && since_ms > ECHO_OF_BEEP_MS;
    }
    Ok(())
}
