//! Tests of the agent on lines that exist in frames only.

mod conversations;
mod espeak;
mod stage;
