//! What a route may call: the catalogue of network groups, the custom groups of the installation,
//! and the policy of each workspace.
//!
//! A workspace's own trunk accepts every number except emergency and short numbers. A managed trunk
//! accepts a number only if its group is enabled and, in a regulated country, if the workspace's
//! KYC record is approved.
//!
//! The build (`build/`) makes the catalogue from libphonenumber's numbering plans
//! (`data/numbering_plans.tsv`): the patterns become one automaton over digits, and the digits of a
//! number lead to its group. The displayed prefixes are computed from the same automaton, so that
//! they always match the decisions.

mod custom;
mod group;
mod kind;
mod plan;
mod policy;
#[cfg(test)]
mod tests;

use campanile_rules::phone::E164;

use crate::Country;
pub use custom::{BadPrefix, CustomGroup, GroupMistake, GroupMistakes, Prefix};
pub use group::{BadGroupId, GroupId, NetworkGroup, catalogue, find, group_of, groups_of};
pub use kind::NumberKind;
pub use policy::{DestinationCheck, Managed, Policy};

/// The country of a number. `None` if the plans do not tell, and for international networks.
pub fn country_of(number: E164) -> Option<Country> {
    plan::place(number).country
}
