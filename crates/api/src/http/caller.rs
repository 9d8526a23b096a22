//! Who sent a request.

use campanile_rules::ids::WorkspaceId;
use campanile_store::KeyScope;

/// The API key that authenticated a request, with its workspace and scope.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The public half of the API key.
    pub key_id: String,
    /// The workspace of the API key. The caller sees this workspace only.
    pub workspace: WorkspaceId,
    /// The scope of the API key.
    pub scope: KeyScope,
    /// The Idempotency-Key of the request, once the store has reserved it.
    pub request_key: Option<String>,
}
