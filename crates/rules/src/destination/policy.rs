//! One workspace's policy over one kind of trunk.

use std::collections::BTreeSet;

use super::{
    CustomGroup, GroupId, catalogue,
    plan::{self, Placed},
};
use crate::{
    import::DestinationCheck,
    phone::{Country, E164, PrefixMap, Reject, is_never_called},
    rejection::RejectReason,
};

/// What one workspace may call over one kind of trunk.
#[derive(Debug, Clone)]
pub struct Policy(Terms);

#[derive(Debug, Clone)]
enum Terms {
    Workspace,
    Managed(Box<Enabled>),
}

/// What decides over numbers on managed trunks.
#[derive(Debug, Clone, Default)]
pub struct Managed {
    /// The groups that the workspace may call, of the catalogue and of the installation's own.
    pub enabled: BTreeSet<GroupId>,
    /// Every group of the installation's own, enabled or not.
    pub custom: Vec<CustomGroup>,
    /// Countries that need an approved KYC record.
    pub regulated: BTreeSet<Country>,
    /// Countries for which the workspace has one.
    pub approved: BTreeSet<Country>,
}

#[derive(Debug, Clone)]
struct Enabled {
    /// By place in the catalogue.
    groups: Vec<bool>,
    custom: PrefixMap<Custom>,
    countries: BTreeSet<Option<Country>>,
    needs_kyc: BTreeSet<Country>,
}

#[derive(Debug, Clone, Copy)]
struct Custom {
    country: Country,
    enabled: bool,
}

impl Policy {
    /// The policy of a workspace's own trunk: any number of a country but emergency and short ones.
    /// International networks, satellite phones among them, are called over managed trunks only.
    pub fn workspace_trunk() -> Policy {
        Policy(Terms::Workspace)
    }

    /// The policy of managed trunks.
    pub fn managed(terms: &Managed) -> Policy {
        let groups: Vec<bool> =
            catalogue().iter().map(|group| terms.enabled.contains(&group.id)).collect();
        let mut countries: BTreeSet<Option<Country>> =
            catalogue().iter().filter(|g| groups[g.index]).map(|g| g.country).collect();
        let mut custom = PrefixMap::default();
        for group in &terms.custom {
            let enabled = terms.enabled.contains(group.id());
            if enabled {
                countries.insert(Some(group.country()));
            }
            for prefix in group.prefixes() {
                custom.insert(prefix.digits(), Custom { country: group.country(), enabled });
            }
        }
        let needs_kyc = terms.regulated.difference(&terms.approved).copied().collect();
        Policy(Terms::Managed(Box::new(Enabled { groups, custom, countries, needs_kyc })))
    }

    /// Whether `number` may be called; the reason why not.
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

    /// The check as an import takes it, with what to do in words.
    pub fn into_check(self) -> DestinationCheck {
        Box::new(move |number| {
            self.check(number).map_err(|reason| Reject::new(reason, self.problem(reason)))
        })
    }

    /// What is wrong with a number refused for `reason`, to be read after it.
    fn problem(&self, reason: RejectReason) -> &'static str {
        match reason {
            RejectReason::UnsupportedCountry if matches!(self.0, Terms::Workspace) => {
                "begins with a code that belongs to no country; write a number of a country"
            }
            RejectReason::NoEnabledCountries => {
                "cannot be called, because no country is enabled; enable its network group in the \
             telephony settings"
            }
            RejectReason::UnsupportedCountry => {
                "is in a country of which nothing is enabled; enable its network group in the \
             telephony settings, or use another route"
            }
            RejectReason::UnsupportedPrefix => {
                "is in a range that is not enabled; enable its network group in the telephony \
             settings, or use another route"
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
        let custom = custom.map(|(_, custom)| custom.country);
        if !enabled {
            let known = self.has_country(placed) || custom.is_some();
            return Err(if known {
                RejectReason::UnsupportedPrefix
            } else {
                RejectReason::UnsupportedCountry
            });
        }
        let regulated = |country: Option<Country>| {
            country.is_some_and(|country| self.needs_kyc.contains(&country))
        };
        if regulated(placed.country) || regulated(custom) {
            return Err(RejectReason::KycRequired);
        }
        Ok(())
    }

    /// Whether anything is enabled in the country of the number, or, when the plans do not tell
    /// the country, in one with its calling code.
    fn has_country(&self, placed: &Placed) -> bool {
        match placed.country {
            Some(country) => self.countries.contains(&Some(country)),
            None if placed.is_international() => self.countries.contains(&None),
            None => plan::countries_of_code(placed.calling_code)
                .any(|country| self.countries.contains(&Some(country))),
        }
    }
}

/// Whether nobody may call `number`, whatever is enabled.
fn is_short(number: E164, placed: &Placed) -> bool {
    let digits = number.digits().to_string();
    let code = i32::from(placed.calling_code);
    let national = digits.strip_prefix(&code.to_string());
    national.is_some_and(|national| is_never_called(code, national, || placed.group.is_some()))
}
