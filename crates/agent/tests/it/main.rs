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
mod pipeline;
mod pipeline_peers;
mod realtime;
mod realtime_events;
mod realtime_troubles;
mod realtime_types;
mod servers;
mod stage;
mod steps;
mod supervised;
mod tools;
mod turn_taking;
mod twilio;
mod voices;
