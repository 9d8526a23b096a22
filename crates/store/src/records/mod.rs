//! What is stored, as plain data: one file a noun.

mod agents;
mod attempts;
mod audit;
mod batches;
mod call_log;
mod calls;
mod deliveries;
mod erasures;
mod events;
mod forecast;
mod idempotency;
mod imports;
mod keys;
mod kyc;
mod operator;
mod phone_numbers;
mod progress;
mod recipients;
mod report;
mod sounds;
mod suppressions;
mod trunks;
mod usage;
mod webhooks;
mod workspaces;

pub use agents::{AgentRecord, AgentVersionRecord};
pub use attempts::AttemptRecord;
pub use audit::{Actor, AuditFilter, AuditRecord};
pub use batches::{BatchFilter, BatchPage, BatchRecord, BatchSort, Restoration};
pub use call_log::{CallLog, Recording, Utterance};
pub use calls::{CallFilter, CallPage, CallRecord};
pub use deliveries::{
    DeliveryFilter, DeliveryPage, DeliveryRecord, DeliveryState, DueDelivery, TriedDelivery, Try,
};
pub use erasures::{ErasureRecord, OpenErasure, PersonFound};
pub use events::{EventBounds, EventFilter, EventRecord, Prune};
pub use forecast::{ForecastFacts, ForecastFor};
pub use idempotency::Answered;
pub use imports::{NewBatch, NewRow, RowVerdict};
pub use keys::{ApiKeyRecord, KeyScope, NewKey};
pub use kyc::{KycDecision, KycDocument, KycRecord, KycState};
pub use operator::OperatorSettings;
pub use phone_numbers::PhoneNumberRecord;
pub use progress::{Endings, Progress, Round};
pub use recipients::{Pressed, RecipientFilter, RecipientPage, RecipientRecord, RejectionGroup};
pub use report::{Again, RejectedRow, ReportRow};
pub use sounds::{MAX_SOUND_BYTES, MAX_SOUNDS, NewSound, SoundRecord, SoundUse};
pub use suppressions::{SuppressionPage, SuppressionRecord, SuppressionSource};
pub use trunks::TrunkRecord;
pub use usage::DailyUsage;
pub use webhooks::{DisabledReason, MAX_WEBHOOKS, WebhookRecord, WebhookSettings};
pub use workspaces::WorkspaceRecord;
