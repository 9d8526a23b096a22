//! Passwords are sealed on the disk, and opened for dialing.

use campanile_rules::{agent::AgentVersion, batch::BatchSettings, trunk::Trunk};
use campanile_store::{KEY_FILE, NewBatch, SqliteStore, Store, StoreError};
use campanile_testkit::{Setup, open, start_batch};

use super::world::{NOW, World, row, trunk};

fn with(password: Option<&str>) -> Trunk {
    Trunk { password: password.map(str::to_owned), ..trunk("main", 5) }
}

async fn dialed_with(store: &dyn Store, world: &World) -> Option<String> {
    let trunks = store.load().await.unwrap().trunks;
    trunks.into_iter().find(|(id, _)| *id == world.trunk).unwrap().1.password
}

#[tokio::test]
async fn a_password_is_sealed_on_the_disk_and_whole_for_dialing() {
    let world = World::new().await;
    let set = |password| world.store.update_trunk(world.workspace, world.trunk, with(password));
    assert_eq!(set(Some("hidden-word")).await.unwrap().settings, with(Some("hidden-word")));
    assert_eq!(dialed_with(&*world.store, &world).await.as_deref(), Some("hidden-word"));
    let listed = world.store.list_trunks(world.workspace).await.unwrap();
    assert_eq!(listed[0].settings.password.as_deref(), Some("hidden-word"));
    let world = world.restarted().await;
    assert_eq!(dialed_with(&*world.store, &world).await.as_deref(), Some("hidden-word"));
    let set = |password| world.store.update_trunk(world.workspace, world.trunk, with(password));
    set(None).await.unwrap();
    assert_eq!(dialed_with(&*world.store, &world).await, None);
    let World { store, dir, .. } = world;
    drop(store);
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(11).any(|window| window == b"hidden-word"));
    }
}

#[tokio::test]
async fn a_password_in_another_trunks_row_does_not_open() {
    let world = World::new().await;
    let other = world.store.add_trunk(world.workspace, trunk("other", 5), NOW);
    let other = other.await.unwrap().id;
    let secret = with(Some("hidden-word"));
    world.store.update_trunk(world.workspace, world.trunk, secret).await.unwrap();
    let sql = "UPDATE trunks SET secret = (SELECT secret FROM trunks WHERE id = ?1) WHERE id = ?2";
    world.raw().execute(sql, [world.trunk.0, other.0]).unwrap();
    let opened = world.store.trunk(world.workspace, other).await;
    let error = opened.unwrap_err().to_string();
    assert!(error.contains("cannot be opened") && !error.contains("hidden-word"), "{error}");
}

#[tokio::test]
async fn the_key_of_an_agents_server_is_sealed_on_the_disk_and_whole_for_its_calls() {
    let world = World::new().await;
    let with = |token: &str| -> AgentVersion {
        let engine = format!(
            r#"{{"type": "media_stream", "url": "wss://bot.example", "auth_token": "{token}"}}"#
        );
        serde_json::from_str(&format!(r#"{{"engine": {engine}}}"#)).unwrap()
    };
    let (workspace, agent) = (world.workspace, world.agent);
    let draft = world.store.add_agent_version(workspace, agent, with("first-word"), NOW).await;
    assert_eq!(draft.unwrap().settings, with("first-word"));
    let edited = world.store.update_agent_version(workspace, (agent, 2), with("hidden-word")).await;
    assert_eq!(edited.unwrap().settings, with("hidden-word"));
    world.store.publish_agent_version(workspace, (agent, 2), NOW).await.unwrap();
    let new = NewBatch { agent: (agent, 2), ..world.new_batch(BatchSettings::default()) };
    let batch = start_batch(&*world.store, (new, vec![row(2)]), NOW).await;
    let world = world.restarted().await;
    assert_eq!(world.store.brief(batch).await.unwrap().version, with("hidden-word"));
    let World { store, dir, .. } = world;
    drop(store);
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for word in [&b"first-word"[..], b"hidden-word"] {
            assert!(!bytes.windows(word.len()).any(|window| window == word));
        }
    }
}

#[tokio::test]
async fn without_its_key_a_database_with_secrets_stays_shut() {
    let world = World::new().await;
    let World { store, dir, setup } = world;
    let Setup { workspace, trunk, .. } = setup;
    drop(store.clone());
    let key = dir.path().join(KEY_FILE);
    // Nothing is sealed yet, so a new key does no harm.
    drop(store);
    std::fs::remove_file(&key).unwrap();
    let store = open(dir.path());
    store.update_trunk(workspace, trunk, with(Some("hidden-word"))).await.unwrap();
    drop(store);
    std::fs::remove_file(&key).unwrap();
    let Err(StoreError::Conflict(words)) = SqliteStore::open(dir.path()) else { panic!("opened") };
    assert!(words.contains("secret.key is missing"), "{words}");
}
