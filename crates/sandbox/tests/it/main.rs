//! The sandbox as a caller on the wire sees it.

mod behaviours;
mod many;
mod phone;
mod protocol;
mod sound;
