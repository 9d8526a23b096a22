//! Tests of the agent on simulated lines, which exist only as frames, and of its connections.

mod bots;
mod connect;
mod conversations;
mod espeak;
mod http;
mod link;
mod media_stream;
mod pipecat;
mod stage;
mod supervised;
mod tools;
mod twilio;
