//! Every change is noted in the audit log.

use campanile_rules::{batch::Control, ids::WorkspaceId};
use campanile_store::{Actor, AuditFilter, AuditRecord, KeyScope, NewKey, StoreError};

use super::world::{NOW, World, agent, number, trunk};

async fn written(world: &World) -> Vec<AuditRecord> {
    let mut entries =
        world.store.audit_log(AuditFilter { limit: 100, ..AuditFilter::default() }).await.unwrap();
    entries.reverse();
    entries
}

#[tokio::test]
async fn every_change_is_written_down_with_who_and_what() {
    let world = World::new().await;
    let before = written(&world).await.len();
    let actor = Actor::Key("key_1".into());
    let store = world.store.by(actor.clone());
    let key = NewKey {
        key_id: "key_2".to_owned(),
        secret_hash: [7; 32],
        name: "Export".to_owned(),
        scope: KeyScope::Read,
        workspace: world.workspace,
        expires_at: None,
    };
    store.add_key(key, NOW).await.unwrap();
    store.revoke_key(world.workspace, "key_2", NOW).await.unwrap();
    store.set_workspace_limit(world.workspace, 3).await.unwrap();
    let other = store.add_trunk(world.workspace, trunk("other", 5), NOW).await.unwrap().id;
    store.update_trunk(world.workspace, other, trunk("another", 5)).await.unwrap();
    let caller_id = (number(7), "Desk".to_owned());
    let added = store.add_phone_number(world.workspace, caller_id, None, NOW).await.unwrap().id;
    let served = ("Desk".to_owned(), Some(other));
    store.update_phone_number(world.workspace, added, served).await.unwrap();
    let bob = store.create_agent(world.workspace, "Bob", agent(), NOW).await.unwrap().0.id;
    store.add_agent_version(world.workspace, bob, agent(), NOW).await.unwrap();
    store.publish_agent_version(world.workspace, (bob, 2), NOW).await.unwrap();
    let batch = world.batch(1).await;
    store.control_batch(batch, Control::Pause, (actor.clone(), NOW)).await.unwrap();
    store.control_batch(batch, Control::Stop, (actor.clone(), NOW)).await.unwrap();
    let entries = written(&world).await.split_off(before);
    let told: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
    let expected = [
        "api_key.created",
        "api_key.revoked",
        "workspace.updated",
        "trunk.created",
        "trunk.updated",
        "phone_number.created",
        "phone_number.updated",
        "agent.created",
        "agent_version.created",
        "agent_version.published",
        "batch.created",
        "batch.paused",
        "batch.stopped",
    ];
    assert_eq!(told, expected);
    let by = |entry: &AuditRecord| (entry.action != "batch.created").then(|| entry.actor.clone());
    assert!(entries.iter().filter_map(by).all(|actor| actor == "key_1"), "{entries:#?}");
    let limit = &entries[2];
    assert_eq!(limit.subject, world.workspace.to_string());
    assert_eq!(limit.before.as_ref().unwrap()["max_concurrent_calls"], 100);
    assert_eq!(limit.after.as_ref().unwrap()["max_concurrent_calls"], 3);
    let made = entries[7].after.as_ref().unwrap();
    assert_eq!((&made["name"], &made["version"]["number"]), (&"Bob".into(), &1.into()));
}

#[tokio::test]
async fn what_changes_nothing_or_fails_is_not_written_down() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let before = written(&world).await.len();
    let same = trunk("main", 1_000_000);
    world.store.update_trunk(world.workspace, world.trunk, same).await.unwrap();
    world.store.ensure_workspace("default", NOW).await.unwrap();
    world.store.publish_agent_version(world.workspace, (world.agent, 1), NOW).await.unwrap();
    world.store.control_batch(batch, Control::Resume, (Actor::Cli, NOW)).await.unwrap();
    let taken = world.store.add_trunk(world.workspace, trunk("main", 1), NOW).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))));
    let nobodys = world.store.set_workspace_limit(WorkspaceId(9), 1).await;
    assert!(matches!(nobodys, Err(StoreError::NotFound(_))));
    assert_eq!(written(&world).await.len(), before);
}

#[tokio::test]
async fn a_password_is_never_written_down_but_its_change_is() {
    let world = World::new().await;
    let with = |password: &str| {
        let password = Some(password.to_owned());
        campanile_rules::trunk::Trunk { password, ..trunk("main", 1) }
    };
    for password in ["first-word", "second-word"] {
        world.store.update_trunk(world.workspace, world.trunk, with(password)).await.unwrap();
    }
    let entries = written(&world).await;
    let last = entries.last().unwrap();
    assert_eq!(last.before.as_ref().unwrap()["password"], "(set)");
    assert_eq!(last.after.as_ref().unwrap()["password"], "(changed)");
    assert!(!format!("{entries:?}").contains("-word"), "{entries:#?}");
}

#[tokio::test]
async fn what_is_written_down_is_not_taken_back() {
    let world = World::new().await;
    let database = world.raw();
    for sql in ["DELETE FROM audit_log", "UPDATE audit_log SET actor = 'nobody'"] {
        let refused = database.execute(sql, []).unwrap_err().to_string();
        assert!(refused.contains("what is written down"), "{refused}");
    }
}
