//! The kinds of telephone numbers.

use std::fmt;

/// The kind of a number, as defined by the numbering plan of its country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NumberKind {
    /// A line at a fixed place.
    Geographic,
    /// A mobile phone.
    Mobile,
    /// A line at a fixed place or a mobile phone: the plan does not tell them apart.
    GeographicAndMobile,
    /// Free for the caller.
    TollFree,
    /// More expensive than an ordinary call; part of the price goes to the callee.
    Premium,
    /// The cost is shared by caller and callee.
    SharedCost,
    /// A line over the Internet, at no fixed place.
    Voip,
    /// A number for life that is forwarded to other lines, at the caller's cost.
    Personal,
    /// A pager.
    Pager,
    /// One number for a whole company (universal access number).
    Uan,
    /// A voicemail system.
    Voicemail,
    /// A satellite phone.
    Satellite,
}

impl NumberKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [NumberKind; 12] = [
        NumberKind::Geographic,
        NumberKind::Mobile,
        NumberKind::GeographicAndMobile,
        NumberKind::TollFree,
        NumberKind::Premium,
        NumberKind::SharedCost,
        NumberKind::Voip,
        NumberKind::Personal,
        NumberKind::Pager,
        NumberKind::Uan,
        NumberKind::Voicemail,
        NumberKind::Satellite,
    ];

    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            NumberKind::Geographic => "geographic",
            NumberKind::Mobile => "mobile",
            NumberKind::GeographicAndMobile => "geographic_and_mobile",
            NumberKind::TollFree => "toll_free",
            NumberKind::Premium => "premium",
            NumberKind::SharedCost => "shared_cost",
            NumberKind::Voip => "voip",
            NumberKind::Personal => "personal",
            NumberKind::Pager => "pager",
            NumberKind::Uan => "uan",
            NumberKind::Voicemail => "voicemail",
            NumberKind::Satellite => "satellite",
        }
    }

    /// The kind with this name, if there is one.
    pub fn from_name(name: &str) -> Option<NumberKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The name shown to users.
    pub fn label(self) -> &'static str {
        match self {
            NumberKind::Geographic => "geographic",
            NumberKind::Mobile => "mobile",
            NumberKind::GeographicAndMobile => "geographic and mobile",
            NumberKind::TollFree => "toll-free",
            NumberKind::Premium => "premium rate",
            NumberKind::SharedCost => "shared cost",
            NumberKind::Voip => "VoIP",
            NumberKind::Personal => "personal",
            NumberKind::Pager => "pager",
            NumberKind::Uan => "company-wide",
            NumberKind::Voicemail => "voicemail",
            NumberKind::Satellite => "satellite",
        }
    }

    /// Whether a call may cost far more than an ordinary one. Groups of such kinds are never
    /// enabled by default, and only an operator may enable them.
    pub fn is_costly(self) -> bool {
        match self {
            NumberKind::Premium
            | NumberKind::SharedCost
            | NumberKind::Personal
            | NumberKind::Pager
            | NumberKind::Satellite => true,
            NumberKind::Geographic
            | NumberKind::Mobile
            | NumberKind::GeographicAndMobile
            | NumberKind::TollFree
            | NumberKind::Voip
            | NumberKind::Uan
            | NumberKind::Voicemail => false,
        }
    }
}

impl fmt::Display for NumberKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for NumberKind {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}
