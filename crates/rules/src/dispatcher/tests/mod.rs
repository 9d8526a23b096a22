//! The dispatcher at its boundary: inputs and the time in, commands and the wake-up out.

mod life;
mod world;
