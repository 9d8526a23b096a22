//! Workspaces, keys, trunks, numbers, agents, batches, idempotency.

use std::time::Duration;

use campanile_rules::{
    batch::{BatchSettings, BatchState},
    ids::AgentId,
    phone::E164,
    trunk::{Trunk, TrunkKind},
};
use campanile_store::{Actor, Answered, BatchFilter, BatchRecord, KeyScope, NewKey, StoreError};

use crate::world::*;

#[tokio::test]
async fn a_workspace_is_made_once() {
    let world = World::new().await;
    let again = world.store.ensure_workspace("default", NOW).await.unwrap();
    assert_eq!((again.id, again.max_concurrent_calls), (world.workspace, 100));
    let other = world.store.ensure_workspace("other", NOW).await.unwrap();
    assert_ne!(other.id, world.workspace);
    assert!(matches!(world.store.trunk(other.id, world.trunk).await, Err(StoreError::NotFound(_))));
    assert!(world.store.agent(other.id, world.agent).await.is_err());
}

#[tokio::test]
async fn a_key_is_found_until_revoked_and_after() {
    let world = World::new().await;
    let key = NewKey {
        key_id: "ck_1".to_owned(),
        secret_hash: [7; 32],
        name: "Export".to_owned(),
        scope: KeyScope::Operate,
        workspace: world.workspace,
        expires_at: None,
    };
    world.store.add_key(key.clone(), NOW).await.unwrap();
    assert!(matches!(world.store.add_key(key, NOW).await, Err(StoreError::Conflict(_))));
    let found = world.store.find_key("ck_1").await.unwrap().unwrap();
    assert_eq!((found.secret_hash, found.scope), ([7; 32], KeyScope::Operate));
    assert_eq!(found.name, "Export");
    world.store.touch_key(&found, NOW).await.unwrap();
    let first = world.store.revoke_key(world.workspace, "ck_1", NOW).await.unwrap();
    let later = NOW + Duration::from_secs(9);
    let again = world.store.revoke_key(world.workspace, "ck_1", later).await.unwrap();
    assert_eq!((first.revoked_at, again.revoked_at), (Some(NOW), Some(NOW)));
    assert_eq!(again.last_used_at, Some(NOW));
    assert_eq!(world.store.list_keys(world.workspace).await.unwrap(), [again]);
    assert_eq!(world.store.find_key("ck_2").await.unwrap(), None);
}

#[tokio::test]
async fn a_trunk_keeps_its_settings_and_its_name_is_unique() {
    let world = World::new().await;
    let second = world.store.add_trunk(world.workspace, trunk("second", 5), NOW).await.unwrap();
    let taken = world.store.add_trunk(world.workspace, trunk("second", 5), NOW).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))));
    let taken = world.store.update_trunk(world.workspace, second.id, trunk("main", 5)).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))));
    let changed =
        world.store.update_trunk(world.workspace, second.id, trunk("third", 6)).await.unwrap();
    assert_eq!(world.store.trunk(world.workspace, second.id).await.unwrap(), changed);
    let by_name =
        world.store.trunk_by_name(world.workspace, (TrunkKind::Workspace, "third")).await.unwrap();
    assert_eq!(by_name.map(|trunk| trunk.settings.max_calls), Some(6));
    assert_eq!(world.store.list_trunks(world.workspace).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_managed_trunk_is_seen_by_those_whose_numbers_it_serves() {
    let world = World::new().await;
    let store = &world.store;
    let managed = |name| Trunk { kind: TrunkKind::Managed, ..trunk(name, 5) };
    let shared = store.add_trunk(world.workspace, managed("main"), NOW).await.unwrap();
    assert_eq!(shared.workspace, None, "although the workspace has a trunk of that name");
    let taken = store.add_trunk(world.workspace, managed("main"), NOW).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))));
    let other = store.ensure_workspace("other", NOW).await.unwrap().id;
    assert!(store.trunk(other, shared.id).await.is_err());
    assert_eq!(store.list_trunks(other).await.unwrap(), []);
    for n in [1, 2] {
        let number = (E164::from_digits(14_155_550_100 + n), String::new());
        store.add_phone_number(other, number, Some(shared.id), NOW).await.unwrap();
    }
    assert_eq!(store.trunk(other, shared.id).await.unwrap(), shared);
    assert_eq!(store.list_trunks(other).await.unwrap(), std::slice::from_ref(&shared));
    assert_eq!(store.list_managed_trunks().await.unwrap(), std::slice::from_ref(&shared));
    let other_kind = store.update_trunk(other, shared.id, trunk("main", 5)).await;
    assert!(matches!(other_kind, Err(StoreError::Conflict(_))));
    let changed = store.update_trunk(other, shared.id, managed("carrier")).await.unwrap();
    assert_eq!((changed.workspace, changed.settings.name.as_str()), (None, "carrier"));
}

#[tokio::test]
async fn a_number_is_added_once_and_found() {
    let world = World::new().await;
    let office = world.store.phone_number(world.workspace, world.phone_number).await.unwrap();
    let again = (office.number, "Again".to_owned());
    let again = world.store.add_phone_number(world.workspace, again, None, NOW).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))));
    let found = world.store.phone_number_by_e164(world.workspace, office.number).await.unwrap();
    assert_eq!(found, Some(office.clone()));
    let unknown = E164::from_digits(4_420_000_000);
    assert_eq!(world.store.phone_number_by_e164(world.workspace, unknown).await.unwrap(), None);
    let moved = ("Office".to_owned(), None);
    let moved = world.store.update_phone_number(world.workspace, office.id, moved).await.unwrap();
    assert_eq!(moved.trunk, None);
}

#[tokio::test]
async fn a_published_version_never_changes() {
    let world = World::new().await;
    let (workspace, agent) = (world.workspace, world.agent);
    let refused =
        world.store.update_agent_version(workspace, (agent, 1), crate::world::agent()).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    let draft =
        world.store.add_agent_version(workspace, agent, crate::world::agent(), NOW).await.unwrap();
    assert_eq!((draft.number, draft.published), (2, false));
    let mut said = crate::world::agent();
    said.prompt = "Be kind".to_owned();
    world.store.update_agent_version(workspace, (agent, 2), said.clone()).await.unwrap();
    let latest = world.store.latest_published(workspace, agent).await.unwrap().unwrap();
    assert_eq!(latest.number, 1);
    world.store.publish_agent_version(workspace, (agent, 2), NOW).await.unwrap();
    let latest = world.store.latest_published(workspace, agent).await.unwrap().unwrap();
    assert_eq!((latest.number, latest.settings), (2, said));
    assert_eq!(world.store.agent_versions(workspace, agent).await.unwrap().len(), 2);
    assert_eq!(world.store.list_agents(workspace).await.unwrap()[0].published_version, Some(2));
}

#[tokio::test]
async fn a_batch_needs_a_published_version_of_an_agent_of_its_workspace() {
    let world = World::new().await;
    world
        .store
        .add_agent_version(world.workspace, world.agent, crate::world::agent(), NOW)
        .await
        .unwrap();
    let begin = async |agent| {
        let mut batch = world.new_batch(Default::default());
        batch.agent = agent;
        world.store.begin_import(batch, NOW).await
    };
    assert!(matches!(begin((world.agent, 2)).await, Err(StoreError::Conflict(_))));
    assert!(matches!(begin((world.agent, 3)).await, Err(StoreError::NotFound(_))));
    assert!(matches!(begin((AgentId(99), 1)).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn batches_are_listed_newest_first_and_by_state() {
    let world = World::new().await;
    let ids = [world.batch(1).await, world.batch(1).await, world.batch(1).await];
    let list = async |state, page| {
        let page = world
            .store
            .list_batches(
                world.workspace,
                BatchFilter { state, page, limit: 2, ..BatchFilter::default() },
            )
            .await
            .unwrap();
        (page.items.iter().map(|batch| batch.id).collect::<Vec<_>>(), page.total)
    };
    assert_eq!(list(None, 1).await, (vec![ids[2], ids[1]], 3));
    assert_eq!(list(None, 2).await, (vec![ids[0]], 3));
    assert_eq!(list(Some(BatchState::Draft), 1).await, (vec![], 0));
    assert_eq!(list(Some(BatchState::Running), 2).await, (vec![ids[0]], 3));
}

#[tokio::test]
async fn settings_change_until_the_batch_is_final() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let edit = |batch: &BatchRecord| {
        let renamed =
            || ("Renamed".to_owned(), BatchSettings { weight: 7, ..batch.settings.clone() });
        (!batch.state.is_final()).then(renamed)
    };
    let update = || world.store.update_batch(world.workspace, batch, Box::new(edit), NOW);
    let changed = update().await.unwrap();
    let changed = changed.unwrap();
    assert_eq!(world.store.batch(world.workspace, batch).await.unwrap(), changed);
    assert_eq!((changed.name.as_str(), changed.settings.weight), ("Renamed", 7));
    let stop = campanile_rules::batch::Control::Stop;
    world.store.control_batch(batch, stop, (Actor::Cli, NOW)).await.unwrap();
    assert_eq!(update().await.unwrap(), None);
}

#[tokio::test]
async fn a_request_is_answered_once_a_day() {
    let world = World::new().await;
    for key_id in ["ck_1", "ck_2"] {
        let (key_id, workspace) = (key_id.to_owned(), world.workspace);
        let (secret_hash, scope) = ([7; 32], KeyScope::Operate);
        let key =
            NewKey { key_id, secret_hash, name: String::new(), scope, workspace, expires_at: None };
        world.store.add_key(key, NOW).await.unwrap();
    }
    let begin = async |hash: u8, now| {
        world.store.begin_idempotent("ck_1", "k", [hash; 32], now).await.unwrap()
    };
    assert_eq!(begin(1, NOW).await, Answered::NotYet);
    assert_eq!(begin(1, NOW).await, Answered::InProgress);
    world.store.forget_idempotent("ck_1", "k").await.unwrap();
    assert_eq!(begin(1, NOW).await, Answered::NotYet);
    let body = b"{}".to_vec();
    world.store.finish_idempotent("ck_1", "k", (201, body.clone())).await.unwrap();
    assert_eq!(begin(1, NOW).await, Answered::With { status: 201, body });
    assert_eq!(begin(2, NOW).await, Answered::Differently);
    let other = world.store.begin_idempotent("ck_2", "k", [1; 32], NOW).await.unwrap();
    assert_eq!(other, Answered::NotYet, "an answer is its sender's");
    assert_eq!(begin(2, NOW + Duration::from_secs(24 * 3600)).await, Answered::NotYet);
    let world = world.restarted().await;
    let again = world.store.begin_idempotent("ck_1", "k", [3; 32], NOW).await.unwrap();
    assert_eq!(again, Answered::NotYet, "a dead process answers nobody");
}
