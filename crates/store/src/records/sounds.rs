//! Sounds that workspaces upload for their agents.

use campanile_rules::{
    ids::{AgentId, SoundId, WorkspaceId},
    time::Timestamp,
};
use serde::Serialize;

/// The maximum number of sounds in a workspace.
pub const MAX_SOUNDS: u32 = 500;

/// The maximum size of all sounds of a workspace, in bytes: an hour and three quarters of sound.
pub const MAX_SOUND_BYTES: u64 = 100 << 20;

/// A sound as it is stored, without its samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SoundRecord {
    /// The sound's identity.
    pub id: SoundId,
    /// The workspace that owns the sound.
    pub workspace: WorkspaceId,
    /// The sound's name in agent versions; unique in the workspace.
    pub name: String,
    /// The length of the sound, in milliseconds.
    pub duration_ms: u64,
    /// The size of the WAV file.
    pub bytes: u64,
    /// When it was uploaded.
    pub created_at: Timestamp,
}

/// A sound to store.
#[derive(Debug, Clone)]
pub struct NewSound {
    /// The sound's name in agent versions.
    pub name: String,
    /// The length of the sound, in milliseconds.
    pub duration_ms: u64,
    /// A WAV file, 8 kHz, mono, 16 bit.
    pub wav: Vec<u8>,
}

/// An agent version that plays a sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundUse {
    /// The agent.
    pub agent: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// The number of the version.
    pub version: u32,
    /// Whether the version is published.
    pub published: bool,
}
