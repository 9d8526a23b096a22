//! A seeded world around the rules.
//!
//! One seed is one history: the plan (limits, people, faults, what the operator does) comes from
//! it, and so does every delay. The dispatcher is the very one that dials in earnest; the clock,
//! the store, the telephone network and the node around it are models in virtual time. After the
//! run the invariants of PRODUCT §11 are judged by the network's call records.

pub mod bug;
pub mod clock;
pub mod history;
pub mod plan;
