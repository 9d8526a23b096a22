//! Tests of the agent on simulated lines, which exist only as frames, and of its connections.

mod connect;
mod conversations;
mod espeak;
mod link;
mod stage;
mod supervised;
mod twilio;
