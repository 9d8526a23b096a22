//! The settings that the operator of the installation makes for all workspaces.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use campanile_numbers::{
    Country,
    destination::{CustomGroup, find},
};
use campanile_rules::time::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use crate::sqlite::{
    SqliteStore,
    db::decode,
    dialing::{
        changes, policies,
        usage::{self, DailyLimits},
    },
    log::audit::Change,
};
use crate::{Operator, OperatorEdit, OperatorSettings, StoreError};

impl OperatorSettings {
    /// The daily limits; none when none are set.
    pub(crate) fn daily_limits(&self, custom: &[CustomGroup]) -> Option<DailyLimits> {
        let limited = self.daily_attempts.is_some() || self.daily_minutes.is_some();
        limited.then(|| DailyLimits {
            home: self.home_countries.clone().unwrap_or_else(|| self.countries(custom)),
            attempts: self.daily_attempts.map(u64::from),
            talk: self.daily_minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes))),
        })
    }

    /// The limits of attempts and of minutes per day.
    fn limits(&self) -> (Option<u32>, Option<u32>) {
        (self.daily_attempts, self.daily_minutes)
    }

    /// The countries of the default groups.
    fn countries(&self, custom: &[CustomGroup]) -> BTreeSet<Country> {
        let of_catalogue = self.default_groups.iter().filter_map(|id| find(id)?.country);
        let own = custom.iter().filter(|group| self.default_groups.contains(group.id()));
        of_catalogue.chain(own.map(CustomGroup::country)).collect()
    }
}

/// The settings, or their defaults.
pub(crate) fn settings(connection: &Connection) -> Result<OperatorSettings, StoreError> {
    let mut statement = connection.prepare_cached("SELECT settings FROM operator_settings")?;
    let found = statement.query_row([], |row| decode::json(row, "settings")).optional()?;
    Ok(found.unwrap_or_default())
}

#[async_trait]
impl Operator for SqliteStore {
    async fn operator_settings(&self) -> Result<OperatorSettings, StoreError> {
        self.read(settings).await
    }

    async fn update_operator_settings(
        &self,
        edit: OperatorEdit,
        now: Timestamp,
    ) -> Result<OperatorSettings, StoreError> {
        self.change(move |connection, log| {
            let before = settings(connection)?;
            let mut after = before.clone();
            edit(&mut after)?;
            if before.limits() != after.limits() {
                usage::not_reached(connection, now.utc_day())?;
            }
            let sql = "INSERT INTO operator_settings (one, settings) VALUES (1, ?1)
                       ON CONFLICT DO UPDATE SET settings = ?1";
            connection.execute(sql, [decode::to_json(&after)?])?;
            policies::changed(connection)?;
            changes::limits_changed(connection)?;
            let change = Change::new("operator_settings.updated", None, "operator_settings");
            log.note(change.before(&before).after(&after))?;
            Ok(after)
        })
        .await
    }
}
