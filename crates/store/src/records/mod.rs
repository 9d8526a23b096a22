//! What is stored, and the verbs for it: one file a noun, plain data first.

mod agents;
mod attempts;
mod audit;
mod batches;
mod call_log;
mod calls;
mod deletion;
mod deliveries;
mod destinations;
mod erasures;
mod events;
mod forecast;
mod idempotency;
mod imports;
mod keys;
mod kyc;
mod leadership;
mod network_groups;
mod operator;
mod phone_numbers;
mod progress;
mod recipients;
mod report;
mod retention;
mod sounds;
mod suppressions;
mod trunks;
mod usage;
mod webhooks;
mod workspaces;

pub use agents::{AgentRecord, AgentVersionRecord, Agents};
pub use attempts::AttemptRecord;
pub use audit::{Actor, AuditFilter, AuditLog, AuditRecord};
pub use batches::{
    BatchEdit, BatchFilter, BatchPage, BatchRecord, BatchSort, Batches, Restoration,
};
pub use call_log::{CallLog, Recording, Utterance};
pub use calls::{CallFilter, CallPage, CallRecord, Calls};
pub use deletion::Deletion;
pub use deliveries::{
    Deliveries, DeliveryFilter, DeliveryPage, DeliveryRecord, DeliveryState, DueDelivery,
    TriedDelivery, Try,
};
pub use destinations::Destinations;
pub use erasures::{Erasing, ErasureRecord, Erasures, OpenErasure, PersonFound};
pub use events::{EventBounds, EventFilter, EventRecord, Events, Prune};
pub use forecast::{ForecastFacts, ForecastFor, Forecasts};
pub use idempotency::{Answered, Idempotency};
pub use imports::{Imports, NewBatch, NewRow, RowVerdict};
pub use keys::{ApiKeyRecord, KeyScope, Keys, NewKey};
pub use kyc::{Kyc, KycDecision, KycDocument, KycRecord, KycState};
pub use leadership::{Leadership, Owner};
pub use network_groups::NetworkGroups;
pub use operator::{Operator, OperatorEdit, OperatorSettings};
pub use phone_numbers::{PhoneNumberRecord, PhoneNumbers};
pub use progress::{
    BatchProgress, Conversations, Endings, FailureCause, Progress, ResultCounts, Round,
    StepLatency, ValueCount,
};
pub use recipients::{
    Pressed, RecipientFilter, RecipientPage, RecipientRecord, Recipients, Recorded, RejectionGroup,
};
pub use report::{Again, RejectedRow, ReportRow, Reports};
pub use retention::Retention;
pub use sounds::{MAX_SOUND_BYTES, MAX_SOUNDS, NewSound, SoundRecord, SoundUse, Sounds};
pub use suppressions::{SuppressionPage, SuppressionRecord, SuppressionSource, Suppressions};
pub use trunks::{TrunkRecord, Trunks};
pub use usage::DailyUsage;
pub use webhooks::{DisabledReason, MAX_WEBHOOKS, WebhookRecord, WebhookSettings, Webhooks};
pub use workspaces::{WorkspaceRecord, Workspaces};
