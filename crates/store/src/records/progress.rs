//! The progress of a batch.

use async_trait::async_trait;
use campanile_rules::{
    agent::{ResultKind, ResultValue},
    attempt::EndReason,
    conversation::Step,
    ids::BatchId,
    recipient::RecipientStatus,
    series::Span,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{BatchRecord, StoreError};

/// Recipients of a batch by status: `total` is the sum of the eight that follow it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct Progress {
    pub total: u64,
    pub pending: u64,
    pub in_progress: u64,
    pub completed: u64,
    pub no_answer: u64,
    pub voicemail: u64,
    pub failed: u64,
    pub skipped: u64,
    pub cancelled: u64,
    /// Of the skipped: rows that were rejected before launch. The others of the total are people
    /// to be called.
    pub rejected: u64,
    /// People who picked up, whatever came of it: the completed ones, and those whose last call
    /// failed or was cut after they had answered.
    pub answered: u64,
    /// Attempts on record, uncharged and open ones included.
    pub attempts: u64,
    /// By attempt number, from 1.
    pub rounds: Vec<Round>,
}

/// What agents recorded for one result in the calls of a batch, in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ResultCounts {
    /// The name of the result.
    pub name: String,
    /// The kind of its values.
    #[serde(rename = "type")]
    pub kind: ResultKind,
    /// Recipients with a value.
    pub count: u64,
    /// Of a choice or a boolean: recipients by value, each value that there can be, in the order of
    /// the agent's version. Empty for the other kinds.
    pub counts: Vec<ValueCount>,
    /// Of a number: the least value; null when there is none.
    pub min: Option<f64>,
    /// Of a number: the greatest value; null when there is none.
    pub max: Option<f64>,
    /// Of a number: the mean; null when there is none.
    pub mean: Option<f64>,
}

/// Recipients with the same value of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ValueCount {
    /// The value.
    pub value: ResultValue,
    /// The number of recipients.
    pub count: u64,
}

/// How the agent of a batch does in its calls, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Conversations {
    /// How soon the agent answered, by step; a step that was never seen is left out.
    pub latencies: Vec<StepLatency>,
    /// Calls that ended because the agent failed.
    pub agent_failures: u64,
    /// Why it failed: the most frequent causes, with their calls.
    pub failure_causes: Vec<FailureCause>,
}

/// How long one step between a person's turn and the agent's answer took in the calls of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepLatency {
    /// The step.
    pub step: Step,
    /// The turns that were measured.
    pub turns: u64,
    /// Half of the turns took no longer, in milliseconds.
    pub p50_ms: u64,
    /// 95 of 100 turns took no longer, in milliseconds.
    pub p95_ms: u64,
}

/// A cause for which agents failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailureCause {
    /// The cause, in words.
    pub cause: String,
    /// The calls that ended for it.
    pub calls: u64,
}

/// Recipients with the same status and end reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endings {
    /// The recipients' status.
    pub status: RecipientStatus,
    /// Why their last call ended; none when they were never called.
    pub end_reason: Option<EndReason>,
    /// The number of recipients.
    pub people: u64,
}

/// The n-th attempts of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Round {
    /// The number of the attempt.
    pub round: u32,
    /// Recipients that had it, or have it now.
    pub attempted: u64,
    /// Recipients that were to have it; those of a stopped batch never will.
    pub total: u64,
}

impl Progress {
    /// The number of recipients with one status.
    pub fn count(&self, status: RecipientStatus) -> u64 {
        match status {
            RecipientStatus::Pending => self.pending,
            RecipientStatus::InProgress => self.in_progress,
            RecipientStatus::Completed => self.completed,
            RecipientStatus::NoAnswer => self.no_answer,
            RecipientStatus::Voicemail => self.voicemail,
            RecipientStatus::Failed => self.failed,
            RecipientStatus::Skipped => self.skipped,
            RecipientStatus::Cancelled => self.cancelled,
        }
    }

    pub(crate) fn of(&mut self, status: RecipientStatus) -> &mut u64 {
        match status {
            RecipientStatus::Pending => &mut self.pending,
            RecipientStatus::InProgress => &mut self.in_progress,
            RecipientStatus::Completed => &mut self.completed,
            RecipientStatus::NoAnswer => &mut self.no_answer,
            RecipientStatus::Voicemail => &mut self.voicemail,
            RecipientStatus::Failed => &mut self.failed,
            RecipientStatus::Skipped => &mut self.skipped,
            RecipientStatus::Cancelled => &mut self.cancelled,
        }
    }
}

/// How far batches are, in numbers.
#[async_trait]
pub trait BatchProgress: Send + Sync {
    /// The progress of a batch. Costs the same for ten rows and for a million.
    async fn progress(&self, batch: BatchId) -> Result<Progress, StoreError>;

    /// What agents recorded in the calls of a batch, for each result of its agent's version in the
    /// version's order. Costs the same for ten rows and for a million.
    async fn results(&self, batch: &BatchRecord) -> Result<Vec<ResultCounts>, StoreError>;

    /// How the agent does in the calls of a batch. The cost grows with the calls in which it failed.
    async fn conversations(&self, batch: BatchId) -> Result<Conversations, StoreError>;

    /// The number of recipients of a batch whose last call was cut because the server stopped, and
    /// who are not called again.
    async fn cut_calls(&self, batch: BatchId) -> Result<u64, StoreError>;

    /// The final recipients of a batch, by status and by the end reason of their last call; without
    /// a reason those who were never called. Reads every recipient.
    async fn endings(&self, batch: BatchId) -> Result<Vec<Endings>, StoreError>;

    /// When each attempt of a batch began and ended. Reads all attempts: some seconds for a
    /// million.
    async fn attempt_spans(&self, batch: BatchId) -> Result<Vec<Span>, StoreError>;
}
