//! The servers of an agent version, checked without connecting to them.

use campanile_egress::Reach;
use campanile_rules::agent::AgentVersion;

use crate::wire::check_url;

/// Returns what is wrong with the servers of a version, each with its place as a JSON Pointer
/// (RFC 6901).
pub fn check_servers(version: &AgentVersion, reach: Reach) -> Vec<(String, String)> {
    let mut engine = version.engine.clone();
    let servers = engine.servers().into_iter();
    let wrong = servers.filter_map(|server| {
        let error = check_url(server.url, reach).err()?;
        Some((format!("{}/url", server.at), error.to_string()))
    });
    wrong.collect()
}
