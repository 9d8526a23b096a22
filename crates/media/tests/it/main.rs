//! Tests of the media crate at its boundary.

mod amd;
mod amd_set;
mod inband;
mod playout;
mod tones;
