//! Finds the sounds that workspaces uploaded, for agents.

use std::sync::Arc;

use async_trait::async_trait;
use campanile_agent::Library;
use campanile_rules::ids::WorkspaceId;
use campanile_store::Sounds;

/// The sounds in a store.
#[derive(Clone)]
pub struct UploadedSounds(pub Arc<dyn Sounds>);

impl std::fmt::Debug for UploadedSounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UploadedSounds")
    }
}

#[async_trait]
impl Library for UploadedSounds {
    async fn sound(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Vec<u8>>, String> {
        self.0.sound_by_name(workspace, name).await.map_err(|error| error.to_string())
    }

    async fn names(&self, workspace: WorkspaceId) -> Result<Vec<String>, String> {
        let sounds = self.0.list_sounds(workspace).await.map_err(|error| error.to_string())?;
        Ok(sounds.into_iter().map(|sound| sound.name).collect())
    }
}
