//! The tables for destinations and for the operator's settings.

use campanile_store::KycState;

use super::{
    Field, Kind,
    rules::{COUNTRY, NAME, PHONE_NUMBER},
};

const GROUP: Kind = Kind::Text(64);
const LIMIT: Kind = Kind::Integer(0, 1_000_000_000);

/// The kinds of network groups.
pub const GROUP_KINDS: &[&str] = &[
    "geographic",
    "mobile",
    "geographic_and_mobile",
    "toll_free",
    "premium",
    "shared_cost",
    "voip",
    "personal",
    "pager",
    "uan",
    "voicemail",
    "satellite",
    "custom",
];

/// Network groups to enable and disable.
pub const GROUP_SWITCH: &[Field] = &[
    Field::new("enable", Kind::List(0, &GROUP)).about("Ids of groups that may be called."),
    Field::new("disable", Kind::List(0, &GROUP)).about("Ids of groups that may not be called."),
];

/// A network group that the operator adds.
pub const CUSTOM_GROUP: &[Field] = &[
    Field::required("id", GROUP).about("Its name for programs; begins with custom-."),
    Field::required("name", NAME).about("Its name for people, used once in its country."),
    Field::required("country", COUNTRY).about("Where it is."),
    Field::required("prefixes", Kind::List(1, &Kind::Text(20)))
        .about("What its numbers begin with: a plus, the calling code and the digits that follow."),
];

/// The changeable fields of an operator's network group: all except its ID.
pub const CUSTOM_GROUP_EDIT: &[Field] = CUSTOM_GROUP.split_at(1).1;

/// The KYC documents of a workspace for a regulated country.
pub const KYC_SUBMISSION: &[Field] = &[Field::required("documents", Kind::List(1, &KYC_DOCUMENT))
    .about("What is known of each document; the documents themselves stay elsewhere.")];

const KYC_DOCUMENT: Kind = Kind::Table(&[
    Field::required("name", NAME).about("Its title."),
    Field::required("kind", NAME).about("What it is."),
    Field::required("reference", Kind::Text(500)).about("Where the operator finds it."),
]);

const DECISIONS: [&str; 2] = [KycState::Approved.as_str(), KycState::Rejected.as_str()];

/// The operator's decision on a KYC record.
pub const KYC_DECISION: &[Field] = &[
    Field::required("state", Kind::OneOf(&DECISIONS)).about("Whether the country may be called."),
    Field::new("note", Kind::Text(1_000)).about("Why, for the workspace to read."),
];

/// A number that is not to be called.
pub const SUPPRESSION: &[Field] = &[
    Field::required("phone_number", PHONE_NUMBER).about("E.164, with the plus."),
    Field::new("reason", Kind::Text(500)).about("Why."),
];

/// A person to erase.
pub const ERASURE: &[Field] =
    &[Field::required("phone_number", PHONE_NUMBER).about("E.164, with the plus; it is not kept.")];

/// The fields of a file of suppressed numbers, besides the file.
pub const SUPPRESSION_FILE: &[Field] = &[
    Field::new("default_country", COUNTRY).about("Where numbers without a country code are."),
    Field::new("encoding", Kind::Text(40)).about("Its encoding, when its bytes do not tell."),
];

/// The operator's settings for every workspace.
pub const OPERATOR_SETTINGS: &[Field] = &[
    Field::new("regulated_countries", Kind::List(0, &COUNTRY))
        .about("Countries that need an approved KYC record on managed trunks; IN by default."),
    Field::new("home_countries", Kind::List(0, &COUNTRY)).about(
        "Countries in which the daily limits do not count; null: those of the default groups.",
    ),
    Field::new("daily_attempts", LIMIT).about(
        "Attempts of a workspace in a day, UTC, to other countries; null: as many as it likes.",
    ),
    Field::new("daily_minutes", LIMIT).about(
        "Minutes that a workspace may talk in a day, UTC, in other countries; null: no limit.",
    ),
    Field::new("limit_workspace_trunks", Kind::Boolean)
        .about("Whether the daily limits hold on a workspace's own trunks, too."),
    Field::new("default_groups", Kind::List(0, &GROUP))
        .about("Network groups that a new workspace may call."),
];

/// A workspace to make.
pub const NEW_WORKSPACE: &[Field] = &[
    Field::required("name", NAME).about("Its name, used once."),
    Field::new("max_concurrent_calls", Kind::Integer(0, 100_000))
        .about("Calls at once, ringing ones included; 100 when left out."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use campanile_numbers::destination::NumberKind;

    #[test]
    fn the_kinds_are_those_of_the_catalogue_and_the_installations_own() {
        let known: Vec<_> = NumberKind::ALL.into_iter().map(NumberKind::as_str).collect();
        assert_eq!(GROUP_KINDS, [known.as_slice(), &["custom"]].concat());
    }
}
