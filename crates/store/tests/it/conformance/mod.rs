//! Requirements for every store. A new store implements [`Fixture`] and adds a line at the end.

mod attempts;
mod changes;
mod claims;
mod controls;
mod leadership;
mod recovery;

use std::collections::BTreeSet;

use campanile_rules::{
    batch::{BatchSettings, BatchState},
    ids::BatchId,
    node::ChangedBatch,
    recipient::RecipientStatus,
    time::Timestamp,
};
use campanile_store::{AuditFilter, Dialing, NewRow, OperatorSettings, Progress, RecipientFilter};

use crate::world::{NOW, World};

/// A store under test, with a workspace, a trunk, a caller ID and an agent.
pub trait Fixture: Sized {
    /// The store under test.
    fn store(&self) -> &dyn Dialing;
    /// Imports a batch and leaves it in `state`.
    async fn import(
        &self,
        rows: Vec<NewRow>,
        settings: BatchSettings,
        state: BatchState,
    ) -> BatchId;
    /// Sets the limits of concurrent calls.
    async fn limit(&self, workspace: u32, trunk: u32);
    /// Allows each workspace this many attempts a day, wherever they go.
    async fn daily_attempts(&self, most: u32);
    /// The actors of all changes of one kind, newest first.
    async fn actors(&self, action: &str) -> Vec<String>;
    /// The progress of a batch.
    async fn progress(&self, batch: BatchId) -> Progress;
    /// Every row of a batch.
    async fn rows(&self, batch: BatchId) -> Vec<Seen>;
    /// Reopens the store, as a new process would.
    async fn restart(self) -> Self;
}

/// A row as the store's callers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub position: u64,
    pub status: RecipientStatus,
    pub attempts_made: u32,
    pub next_attempt_at: Option<Timestamp>,
    pub reason: Option<String>,
}

/// A batch as the store tells of its last change.
async fn changed(f: &impl Fixture, batch: BatchId) -> ChangedBatch {
    let changed = f.store().changes_since(0).await.unwrap().batches;
    changed.into_iter().find(|changed| changed.facts.id == batch).expect("the batch")
}

impl Fixture for World {
    fn store(&self) -> &dyn Dialing {
        &*self.store
    }

    async fn import(
        &self,
        rows: Vec<NewRow>,
        settings: BatchSettings,
        state: BatchState,
    ) -> BatchId {
        let id = self.store.begin_import(self.new_batch(settings), NOW).await.unwrap();
        self.store.add_rows(id, rows).await.unwrap();
        self.store.finish_import(id, state, NOW).await.unwrap();
        id
    }

    async fn limit(&self, workspace: u32, trunk: u32) {
        self.store.set_workspace_limit(self.workspace, workspace).await.unwrap();
        let trunk = crate::world::trunk("main", trunk);
        self.store.update_trunk(self.workspace, self.trunk, trunk).await.unwrap();
    }

    async fn daily_attempts(&self, most: u32) {
        let edit = move |settings: &mut OperatorSettings| {
            settings.limit_workspace_trunks = true;
            settings.home_countries = Some(BTreeSet::new());
            settings.daily_attempts = Some(most);
            Ok(())
        };
        self.store.update_operator_settings(Box::new(edit), NOW).await.unwrap();
    }

    async fn actors(&self, action: &str) -> Vec<String> {
        let action = Some(action.to_owned());
        let filter = AuditFilter { action, limit: 99, ..AuditFilter::default() };
        let entries = self.store.audit_log(filter).await.unwrap();
        entries.into_iter().map(|entry| entry.actor).collect()
    }

    async fn progress(&self, batch: BatchId) -> Progress {
        self.store.progress(batch).await.unwrap()
    }

    async fn rows(&self, batch: BatchId) -> Vec<Seen> {
        let filter = RecipientFilter { limit: 100_000, ..RecipientFilter::default() };
        let page = self.store.recipients(batch, filter).await.unwrap();
        let seen = page.items.into_iter().map(|recipient| Seen {
            position: recipient.position,
            status: recipient.status,
            attempts_made: recipient.attempts_made,
            next_attempt_at: recipient.next_attempt_at,
            reason: recipient.reason,
        });
        seen.collect()
    }

    async fn restart(self) -> Self {
        self.restarted().await
    }
}

macro_rules! conformance {
    ($store:ident, $new:expr, $($file:ident { $($case:ident),* $(,)? })*) => {
        mod $store {
            $(mod $file {
                $(#[tokio::test]
                async fn $case() {
                    super::super::$file::$case($new.await).await;
                })*
            })*
        }
    };
}

macro_rules! every_case {
    ($store:ident, $new:expr) => {
        conformance! { $store, $new,
            claims {
                the_longest_due_are_taken_first_then_by_row,
                a_claim_stays_within_every_limit,
                a_batch_that_does_not_run_gives_nobody,
                a_number_in_a_call_is_put_off,
                a_batch_may_allow_overlapping_calls,
                lanes_are_kept_apart,
                whoever_was_never_dialed_is_due_whatever_the_clock_says,
                a_clock_that_is_set_changes_no_wait,
                a_recipient_beyond_the_daily_limit_waits_for_the_next_day,
            }
            attempts {
                a_row_flows_from_pending_to_completed,
                an_invite_leaves_once_and_only_while_running,
                whoever_settles_first_has_settled,
                a_retry_is_due_when_the_rules_say,
                an_uncharged_attempt_is_on_record_and_not_counted,
                an_attempt_that_an_outage_excused_is_on_record_and_counted_nowhere,
                what_is_given_back_may_be_due_later,
                what_is_given_back_leaves_no_gap,
                a_dialed_attempt_is_not_given_back,
                a_forbidden_number_is_skipped_with_the_reason,
                who_asks_not_to_be_called_is_suppressed_by_the_engine,
            }
            controls {
                a_stop_makes_everybody_final_but_those_in_a_call,
                a_stop_can_be_sent_twice,
                a_stopped_batch_stays_stopped,
                a_pause_keeps_everybody_waiting,
                a_scheduled_batch_begins_when_its_time_comes,
                a_batch_completes_only_when_nobody_is_left,
                a_batch_that_ended_says_so,
                a_stop_reaches_more_rows_than_one_transaction_takes,
                a_batch_has_a_higher_version_after_each_change,
                a_control_is_noted_with_who_asked_for_it,
            }
            changes {
                a_change_raises_the_version_and_is_told_once,
                many_changes_come_in_parts_and_none_is_left_out,
                whoever_waits_for_a_change_is_woken_by_it,
                a_new_process_knows_every_version_of_the_one_before,
                changed_limits_are_told_until_those_they_postponed_are_due,
                a_store_that_can_be_written_says_so,
            }
            leadership {
                each_start_begins_a_higher_epoch_and_leads,
                a_start_takes_over_what_former_epochs_left_and_nothing_of_its_own,
                only_the_owner_closes_an_attempt,
            }
            recovery {
                a_new_process_finds_every_open_attempt,
                a_new_process_finds_everybody_who_waits,
                a_new_process_knows_no_moment_of_the_one_before,
                final_batches_with_open_calls_are_found,
            }
        }
    };
}

every_case!(sqlite, crate::world::World::new());
