//! Tests of the dispatcher at its boundary: inputs and the time go in, commands and the wake-up
//! come out.

mod blockers;
mod control;
mod faults;
mod life;
mod lines;
mod outages;
mod random;
mod shares;
mod trials;
mod world;
