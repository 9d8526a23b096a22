//! What a workspace may call now: policies built from stored settings, and cached until these
//! change.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use campanile_numbers::{
    Reject,
    destination::{DestinationCheck, Managed, Policy},
};
use campanile_rules::{
    ids::{PhoneNumberId, WorkspaceId},
    rejection::RejectReason,
    time::Timestamp,
    trunk::TrunkKind,
};
use rusqlite::{Connection, OptionalExtension};

use crate::sqlite::{
    SqliteStore,
    dialing::usage::{self, DailyLimits},
    forgetting::erasures,
    settings::{kyc, network_groups, operator},
};
use crate::{DailyUsage, Destinations, StoreError};

/// Cached policies; no installation has more workspaces that dial at once.
const MAX_KEPT: usize = 10_000;

/// What a workspace may call over one kind of trunk.
pub(crate) struct Terms {
    /// Which numbers may be called.
    pub policy: Policy,
    /// How much may be called in a day; none means no limit.
    pub limits: Option<DailyLimits>,
    /// The version of the stored settings from which these terms were built.
    pub version: i64,
}

/// The cached terms. They are rebuilt when anything they were built from has changed.
#[derive(Default)]
pub(crate) struct Policies(Mutex<HashMap<(WorkspaceId, TrunkKind), Arc<Terms>>>);

impl Policies {
    /// The terms that hold now.
    pub fn terms(
        &self,
        connection: &Connection,
        workspace: WorkspaceId,
        kind: TrunkKind,
    ) -> Result<Arc<Terms>, StoreError> {
        let version = version(connection)?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(terms) = kept.get(&(workspace, kind)).filter(|terms| terms.version == version) {
            return Ok(Arc::clone(terms));
        }
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        let terms = Arc::new(make(connection, workspace, kind, version)?);
        kept.insert((workspace, kind), Arc::clone(&terms));
        Ok(terms)
    }
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT version FROM policy_version WHERE one = 1";
    Ok(connection.prepare_cached(sql)?.query_one([], |row| row.get(0))?)
}

/// Notes that a policy may have changed, which outdates cached terms.
pub(crate) fn changed(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("UPDATE policy_version SET version = random() WHERE one = 1", [])?;
    Ok(())
}

fn make(
    connection: &Connection,
    workspace: WorkspaceId,
    kind: TrunkKind,
    version: i64,
) -> Result<Terms, StoreError> {
    let settings = operator::settings(connection)?;
    let custom = network_groups::custom(connection)?;
    let limited = kind == TrunkKind::Managed || settings.limit_workspace_trunks;
    let limits = settings.daily_limits(&custom).filter(|_| limited);
    let policy = match kind {
        TrunkKind::Workspace => Policy::workspace_trunk(),
        TrunkKind::Managed => Policy::managed(&Managed {
            enabled: network_groups::enabled(connection, workspace)?,
            custom,
            regulated: settings.regulated_countries,
            approved: kyc::approved(connection, workspace)?,
        }),
    };
    Ok(Terms { policy, limits, version })
}

#[async_trait]
impl Destinations for SqliteStore {
    async fn destination_check(
        &self,
        workspace: WorkspaceId,
        from: Option<PhoneNumberId>,
    ) -> Result<DestinationCheck, StoreError> {
        let vault = self.vault();
        let (suppressed, erased, policy) = self
            .read(move |connection| {
                let sql = "SELECT number FROM suppressions WHERE workspace = ?1
                            UNION SELECT number FROM erasures
                                   WHERE workspace = ?1 AND number IS NOT NULL ORDER BY number";
                let mut statement = connection.prepare_cached(sql)?;
                let numbers = statement.query_map([workspace.0], |row| row.get::<_, i64>(0))?;
                let suppressed = numbers.collect::<Result<Vec<_>, _>>()?;
                let sql = "SELECT mark FROM erased_numbers WHERE workspace = ?1";
                let mut statement = connection.prepare_cached(sql)?;
                let marks = statement.query_map([workspace.0], |row| row.get(0))?;
                let erased = marks.collect::<Result<HashSet<[u8; 32]>, _>>()?;
                let kind = from.map(|from| kind_of(connection, from)).transpose()?.flatten();
                let policy = kind.map(|kind| make(connection, workspace, kind, 0)).transpose()?;
                Ok((suppressed, erased, policy.map(|terms| terms.policy.into_check())))
            })
            .await?;
        Ok(Box::new(move |number| {
            let is_erased = || erased.contains(&erasures::mark(&vault, workspace, number));
            if suppressed.binary_search(&(number.digits() as i64)).is_ok()
                || (!erased.is_empty() && is_erased())
            {
                let problem = "is on the do-not-call list; take it off to call it again";
                return Err(Reject::new(RejectReason::Suppressed, problem));
            }
            policy.as_ref().map_or(Ok(()), |policy| policy(number))
        }))
    }

    async fn daily_usage(
        &self,
        workspace: WorkspaceId,
        now: Timestamp,
    ) -> Result<DailyUsage, StoreError> {
        self.read(move |connection| usage::of_day(connection, workspace, now.utc_day())).await
    }
}

/// The kind of trunk that serves a caller ID; none when no trunk serves it.
fn kind_of(connection: &Connection, from: PhoneNumberId) -> Result<Option<TrunkKind>, StoreError> {
    let sql = "SELECT t.workspace IS NULL FROM phone_numbers n JOIN trunks t ON t.id = n.trunk
                WHERE n.id = ?1";
    let managed = connection.query_row(sql, [from.0], |row| row.get(0)).optional()?;
    Ok(managed.map(kind))
}

/// The kind of a trunk that is managed, or not.
pub(crate) fn kind(managed: bool) -> TrunkKind {
    if managed { TrunkKind::Managed } else { TrunkKind::Workspace }
}
