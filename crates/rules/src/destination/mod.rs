//! What a route may call: the catalogue of network groups, groups of the installation's own, and
//! one workspace's policy over them.
//!
//! A workspace's own trunk takes any number that is no emergency or short number. A managed trunk
//! takes a number only when the group that it falls into is enabled, and, in a regulated country,
//! when the workspace's KYC record is approved.
//!
//! The catalogue is made by the build (`build/`) of libphonenumber's numbering plans
//! (`data/numbering_plans.tsv`): its patterns become one automaton over digits, and a number's group
//! is where its digits lead. The prefixes that people see are read off the same automaton, so that
//! what is shown and what decides cannot differ.

mod custom;
mod group;
mod kind;
mod plan;
mod policy;
#[cfg(test)]
mod tests;

pub use custom::{BadPrefix, CustomGroup, GroupMistake, GroupMistakes, Prefix};
pub use group::{BadGroupId, GroupId, NetworkGroup, catalogue, find, group_of, groups_of};
pub use kind::NumberKind;
pub use policy::{Managed, Policy};

use crate::phone::{Country, E164};

/// The country that a number is in; none when the plans do not tell, and for international
/// networks.
pub fn country_of(number: E164) -> Option<Country> {
    plan::place(number).country
}
