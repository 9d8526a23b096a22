//! Tests of the agent on simulated lines, which exist only as frames, and of its connections.

mod bots;
mod chat;
mod connect;
mod conversations;
mod espeak;
mod http;
mod link;
mod listen;
mod media_stream;
mod models;
mod pipecat;
mod realtime;
mod stage;
mod supervised;
mod tools;
mod twilio;
