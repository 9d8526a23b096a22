//! Tests of the agent on simulated lines, which exist only as frames.

mod conversations;
mod espeak;
mod stage;
mod supervised;
