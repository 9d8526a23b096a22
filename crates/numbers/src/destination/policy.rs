//! The policy of one workspace for one kind of trunk.

use std::collections::{BTreeMap, BTreeSet};

use campanile_rules::{phone::E164, rejection::RejectReason};

use super::{
    CustomGroup, GroupId, catalogue,
    plan::{self, Placed},
};
use crate::{Country, PrefixMap, Reject, is_never_called};

/// Checks whether the route accepts a number: the workspace's enabled networks, KYC and
/// suppressions. The row is rejected for the returned reason.
pub type DestinationCheck = Box<dyn Fn(E164) -> Result<(), Reject> + Send>;

/// What one workspace may call through one kind of trunk.
#[derive(Debug, Clone)]
pub struct Policy(Terms);

#[derive(Debug, Clone)]
enum Terms {
    Workspace,
    Managed(Box<Enabled>),
}

/// The facts that decide which numbers managed trunks may call.
#[derive(Debug, Clone, Default)]
pub struct Managed {
    /// The groups that the workspace may call, from the catalogue and custom ones.
    pub enabled: BTreeSet<GroupId>,
    /// All custom groups, enabled or not.
    pub custom: Vec<CustomGroup>,
    /// Countries that need an approved KYC record.
    pub regulated: BTreeSet<Country>,
    /// Countries for which the workspace has an approved KYC record.
    pub approved: BTreeSet<Country>,
}

#[derive(Debug, Clone)]
struct Enabled {
    /// Whether each group is enabled, by index in the catalogue.
    groups: Vec<bool>,
    custom: PrefixMap<Custom>,
    countries: BTreeSet<Option<Country>>,
    needs_kyc: BTreeSet<Country>,
}

/// The custom groups that share one prefix.
#[derive(Debug, Clone, Copy)]
struct Custom {
    /// The country of one of these groups, preferably an enabled one.
    country: Country,
    enabled: bool,
    needs_kyc: bool,
}

impl Custom {
    fn or(self, other: Custom) -> Custom {
        let country = if self.enabled { self.country } else { other.country };
        let needs_kyc = self.needs_kyc || other.needs_kyc;
        Custom { country, enabled: self.enabled || other.enabled, needs_kyc }
    }
}

impl Policy {
    /// The policy of a workspace's own trunk: all numbers of a country except emergency and short
    /// numbers. International networks, including satellite phones, are called through managed
    /// trunks only.
    pub fn workspace_trunk() -> Policy {
        Policy(Terms::Workspace)
    }

    /// The policy of managed trunks.
    pub fn managed(terms: &Managed) -> Policy {
        let groups: Vec<bool> =
            catalogue().iter().map(|group| terms.enabled.contains(&group.id)).collect();
        let mut countries: BTreeSet<Option<Country>> =
            catalogue().iter().filter(|g| groups[g.index]).map(|g| g.country).collect();
        let needs_kyc: BTreeSet<Country> =
            terms.regulated.difference(&terms.approved).copied().collect();
        let mut of_prefix: BTreeMap<u64, Custom> = BTreeMap::new();
        for group in &terms.custom {
            let enabled = terms.enabled.contains(group.id());
            if enabled {
                countries.insert(Some(group.country()));
            }
            let one = Custom {
                country: group.country(),
                enabled,
                needs_kyc: enabled && needs_kyc.contains(&group.country()),
            };
            for prefix in group.prefixes() {
                let both = of_prefix.entry(prefix.digits()).or_insert(one);
                *both = both.or(one);
            }
        }
        let mut custom = PrefixMap::default();
        of_prefix.into_iter().for_each(|(prefix, one)| custom.insert(prefix, one));
        Policy(Terms::Managed(Box::new(Enabled { groups, custom, countries, needs_kyc })))
    }

    /// Whether `number` may be called. `Err` holds the reason.
    pub fn check(&self, number: E164) -> Result<(), RejectReason> {
        let placed = plan::place(number);
        if is_short(number, &placed) {
            return Err(RejectReason::EmergencyOrShort);
        }
        match &self.0 {
            Terms::Workspace if placed.is_international() => Err(RejectReason::UnsupportedCountry),
            Terms::Workspace => Ok(()),
            Terms::Managed(enabled) => enabled.check(number, &placed),
        }
    }

    /// The check in the form that an import takes, with help texts.
    pub fn into_check(self) -> DestinationCheck {
        Box::new(move |number| {
            self.check(number).map_err(|reason| Reject::new(reason, self.problem(reason)))
        })
    }

    /// The problem with a number refused for `reason`, as a phrase that follows the number.
    fn problem(&self, reason: RejectReason) -> &'static str {
        match reason {
            RejectReason::UnsupportedCountry if matches!(self.0, Terms::Workspace) => {
                "begins with a code that belongs to no country; write a number of a country"
            }
            RejectReason::NoEnabledCountries => {
                "cannot be called, because no country is enabled; enable its network group in \
                 Settings → Telephony"
            }
            RejectReason::UnsupportedCountry => {
                "is in a country of which nothing is enabled; enable its network group in \
                 Settings → Telephony, or use another route"
            }
            RejectReason::UnsupportedPrefix => {
                "is in a range that is not enabled; enable its network group in \
                 Settings → Telephony, or use another route"
            }
            RejectReason::KycRequired => {
                "is in a regulated country; complete KYC for it, and wait until it is approved"
            }
            RejectReason::EmergencyOrShort => {
                "is an emergency or short number, which is never called; write a full number"
            }
            RejectReason::Suppressed => "is on the do-not-call list; take it off to call it again",
            RejectReason::MissingNumber
            | RejectReason::MalformedNumber
            | RejectReason::DuplicateNumber
            | RejectReason::BadRow => reason.help(),
        }
    }
}

impl Enabled {
    fn check(&self, number: E164, placed: &Placed) -> Result<(), RejectReason> {
        if self.countries.is_empty() {
            return Err(RejectReason::NoEnabledCountries);
        }
        let custom = self.custom.longest(number.digits());
        let custom = custom.filter(|(digits, _)| *digits >= placed.prefix_digits);
        let enabled = match (&custom, placed.group) {
            (Some((_, custom)), _) => custom.enabled,
            (None, Some(group)) => self.groups[group.index],
            (None, None) => false,
        };
        let custom = custom.map(|(_, custom)| custom);
        if !enabled {
            let of_custom = custom.is_some_and(|c| self.countries.contains(&Some(c.country)));
            return Err(if of_custom || self.has_country(placed) {
                RejectReason::UnsupportedPrefix
            } else {
                RejectReason::UnsupportedCountry
            });
        }
        let regulated = placed.country.is_some_and(|country| self.needs_kyc.contains(&country));
        if regulated || custom.is_some_and(|custom| custom.needs_kyc) {
            return Err(RejectReason::KycRequired);
        }
        Ok(())
    }

    /// Whether a group is enabled in the country of the number or, if the plans do not tell the
    /// country, in any country with its calling code.
    fn has_country(&self, placed: &Placed) -> bool {
        match placed.country {
            Some(country) => self.countries.contains(&Some(country)),
            None if placed.is_international() => self.countries.contains(&None),
            None => plan::countries_of_code(placed.calling_code)
                .any(|country| self.countries.contains(&Some(country))),
        }
    }
}

/// Whether `number` must never be called, whatever is enabled.
fn is_short(number: E164, placed: &Placed) -> bool {
    let digits = number.digits().to_string();
    let code = i32::from(placed.calling_code);
    let national = digits.strip_prefix(&code.to_string());
    national.is_some_and(|national| is_never_called(code, national, || placed.group.is_some()))
}
