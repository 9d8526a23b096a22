//! The servers of an agent version, checked without connecting to them.

use campanile_egress::Reach;
use campanile_rules::agent::AgentVersion;

use crate::wire::{Protocol, check_url};

/// Returns what is wrong with the servers of a version, each with its place as a JSON Pointer
/// (RFC 6901).
pub fn check_servers(version: &AgentVersion, reach: Reach) -> Vec<(String, String)> {
    let mut engine = version.engine.clone();
    let servers = engine.servers().into_iter();
    let engine = servers.map(|server| {
        let protocol = if server.is_websocket { Protocol::WebSocket } else { Protocol::Http };
        (format!("{}/url", server.at), server.url, protocol)
    });
    let tools = version.tools.iter().enumerate();
    let tools =
        tools.map(|(at, tool)| (format!("/tools/{at}/url"), tool.url.as_str(), Protocol::Http));
    let wrong = engine.chain(tools).filter_map(|(at, url, protocol)| {
        check_url(url, protocol, reach).err().map(|error| (at, error.to_string()))
    });
    wrong.collect()
}
