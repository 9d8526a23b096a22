//! Sounds that workspaces upload for their agents.

use async_trait::async_trait;
use campanile_rules::{
    ids::{AgentId, SoundId, WorkspaceId},
    time::Timestamp,
};
use serde::Serialize;

use crate::StoreError;

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

/// Sounds that workspaces upload for their agents.
#[async_trait]
pub trait Sounds: Send + Sync {
    /// Stores a sound. `Conflict` when the workspace has a sound of this name, or has reached its
    /// limit.
    async fn add_sound(
        &self,
        workspace: WorkspaceId,
        sound: NewSound,
        now: Timestamp,
    ) -> Result<SoundRecord, StoreError>;

    /// The sounds of a workspace, by name.
    async fn list_sounds(&self, workspace: WorkspaceId) -> Result<Vec<SoundRecord>, StoreError>;

    /// A sound of a workspace.
    async fn sound(&self, workspace: WorkspaceId, id: SoundId) -> Result<SoundRecord, StoreError>;

    /// The WAV file of a workspace's sound.
    async fn sound_wav(&self, workspace: WorkspaceId, id: SoundId) -> Result<Vec<u8>, StoreError>;

    /// The WAV file of the workspace's sound with this name.
    async fn sound_by_name(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// The agent versions that play sounds, each with the names of its sounds, oldest first.
    async fn uses_of_sounds(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Vec<(String, SoundUse)>, StoreError>;

    /// Deletes a sound that no version plays, and returns its record. `Conflict` names the versions
    /// that play it.
    async fn remove_sound(
        &self,
        workspace: WorkspaceId,
        id: SoundId,
    ) -> Result<SoundRecord, StoreError>;
}
