//! Telephone numbers: parses a cell of a file as E.164, or says why the cell is not a number; knows
//! the country, time zones and network group of a number, and which numbers a workspace may call.

mod country;
pub mod destination;
mod mention;
mod normalise;
mod prefix;
mod short;
mod spelling;
#[cfg(test)]
mod tests;
mod zones;

pub use country::{Country, UnknownCountry};
pub use mention::Mention;
pub use normalise::{Reject, looks_like_number, normalise};
pub use prefix::PrefixMap;
pub use zones::zones_of;

use short::is_never_called;
