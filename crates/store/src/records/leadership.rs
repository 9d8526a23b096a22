//! Who dials: nodes, their epochs, and who leads.

use async_trait::async_trait;
use campanile_rules::ids::AttemptId;

use crate::{Availability, StoreError};

/// The owner of work in progress: a node, in one of its epochs. A node keeps its identity when it
/// starts anew; its epoch rises with each start. An owner with a lower epoch than its node's is
/// dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The node.
    pub node: i64,
    /// The epoch of the node.
    pub epoch: i64,
}

/// Which process owns what is in progress, and which one decides whom to call. A process joins when
/// it opens the database to dial: it becomes its node's next epoch.
#[async_trait]
pub trait Leadership: Availability {
    /// This process. `None` for a process that opened the database beside others: it neither dials
    /// nor answers requests.
    fn owner(&self) -> Option<Owner>;

    /// Shows that this process lives. False: another process has taken its node over, and owns what
    /// this one owned.
    async fn beat(&self) -> Result<bool, StoreError>;

    /// Leads, if no other node does. False: another node leads.
    async fn lead(&self) -> Result<bool, StoreError>;

    /// Becomes the owner of all open attempts that former epochs of this node left; those of this
    /// epoch stay as they are. Returns the ones that were never dialed, which must be released. The
    /// calls of the others must be ended.
    async fn take_over(&self) -> Result<Vec<AttemptId>, StoreError>;
}
