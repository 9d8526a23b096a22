//! What is deleted: batches, calls by age, and all that names a person.

pub(super) mod deletion;
pub(super) mod erasing;
pub(super) mod erasures;
pub(super) mod retention;
pub(super) mod scrub;
