//! One object of each kind in a workspace, and its place in a path.

use std::time::Duration;

use campanile_rules::{
    dispatcher::Claim,
    ids::{BatchId, RecipientId},
};
use campanile_store::{CallLog, KeyScope, Utterance};
use serde_json::{Value, json};

use crate::support::{World, completed, lane_of};

use super::Operation;

/// A mark in all names of the workspace. A response that contains it has leaked something.
pub const MARK: &str = "Zanzibar";

/// A number of the workspace that the document's examples do not use.
pub const CALLER_ID: &str = "+14155550177";

/// The value of a path parameter.
pub enum Part {
    /// An object of the workspace, and an ID that does not exist.
    Owned(String, &'static str),
    /// A value that is the same for every workspace.
    Shared(&'static str),
}

/// One object of each kind in the workspace of a world.
pub struct Things {
    pub batch: String,
    pub recipient: String,
    pub call: String,
    pub agent: String,
    pub number: String,
    pub trunk: String,
    pub key: String,
    pub webhook: String,
    pub erasure: String,
    pub sound: String,
    pub spare: Spare,
}

/// Objects that nothing uses, so that they can be deleted.
pub struct Spare {
    batch: String,
    agent: String,
    number: String,
    trunk: String,
}

impl Spare {
    async fn make(world: &World, agent: &str) -> Spare {
        // Created before the trunk, because the document's examples name the second trunk.
        let other = made(world, "/v1/trunks", &json!({"name": "other", "host": "a"})).await;
        let trunk = made(world, "/v1/trunks", &json!({"name": "spare", "host": "a"})).await;
        let number = json!({"phone_number": "+14155550178", "trunk_id": other});
        let number = made(world, "/v1/phone-numbers", &number).await;
        let batch = batch(world, agent, "false").await;
        let agent =
            made(world, "/v1/agents", &json!({"name": "spare", "first_message": "Hello."})).await;
        Spare { batch, agent, number, trunk }
    }
}

impl Things {
    /// Creates the objects. The batch is a draft; another batch has an answered call.
    pub async fn make(world: &World) -> Things {
        world.app.engine.stop_dialing().await;
        let trunk = json!({
            "name": format!("{MARK} trunk"), "host": "sip.example.com",
            "username": "u", "password": "hidden-word",
        });
        let trunk = made(world, "/v1/trunks", &trunk).await;
        let number = json!({"phone_number": CALLER_ID, "label": MARK, "trunk_id": trunk});
        let number = made(world, "/v1/phone-numbers", &number).await;
        let agent = json!({"name": format!("{MARK} agent"), "first_message": "Hello."});
        let agent = made(world, "/v1/agents", &agent).await;
        let publish = format!("/v1/agents/{agent}/versions/1/publish");
        world.post(&publish, &json!({})).await.expect(200);
        let second = json!({"first_message": MARK});
        world.post(&format!("/v1/agents/{agent}/versions"), &second).await.expect(201);
        let webhook =
            json!({"url": format!("https://{MARK}.example.com/"), "events": ["call.ended"]});
        let webhook = made(world, "/v1/webhooks", &webhook).await;
        let key = made(world, "/v1/api-keys", &json!({"scope": "read"})).await;
        let called = batch(world, &agent, "true").await;
        let (call, recipient) = call(world, &called).await;
        let batch = batch(world, &agent, "false").await;
        let spare = Spare::make(world, &agent).await;
        let erasure = erasure(world).await;
        let sound = sound(world, &format!("{MARK}.wav")).await;
        Things { batch, recipient, call, agent, number, trunk, key, webhook, erasure, sound, spare }
    }

    /// The value of the path parameter after `before`.
    pub fn part(&self, operation: &Operation, before: &str) -> Part {
        let owned = |id: &String, nobodys| Part::Owned(id.clone(), nobodys);
        match before {
            "batch-calls" if operation.id == "delete_batch" => {
                owned(&self.spare.batch, "batch_999999")
            }
            "agents" if operation.method == "DELETE" => owned(&self.spare.agent, "agent_999999"),
            "phone-numbers" if operation.method == "DELETE" => {
                owned(&self.spare.number, "number_999999")
            }
            "trunks" if operation.method == "DELETE" => owned(&self.spare.trunk, "trunk_999999"),
            "network-groups" => Part::Shared("custom-islands"),
            "kyc" => Part::Shared("IN"),
            "workspaces" => Part::Shared("workspace_1"),
            "versions" => Part::Shared("2"),
            "batch-calls" => owned(&self.batch, "batch_999999"),
            "recipients" => owned(&self.recipient, "recipient_999999"),
            "calls" => owned(&self.call, "0123456789abcdef@campanile"),
            "agents" => owned(&self.agent, "agent_999999"),
            "phone-numbers" => owned(&self.number, "number_999999"),
            "trunks" => owned(&self.trunk, "trunk_999999"),
            "api-keys" => owned(&self.key, "key_0000000000000000"),
            "webhooks" => owned(&self.webhook, "webhook_999999"),
            "deliveries" => Part::Shared("delivery_1"),
            "sounds" => owned(&self.sound, "sound_999999"),
            "erasures" => owned(&self.erasure, "erasure_999999"),
            "suppressions" => Part::Owned("+14155550188".to_owned(), "+14155550189"),
            _ => panic!(
                "{} has something after /{before}/ that the matrix does not know: say in \
                 things.rs whose it is",
                operation.path
            ),
        }
    }

    /// The path of an operation with these objects, and with IDs that do not exist. `None` for the
    /// second if no parameter belongs to a workspace.
    pub fn paths(&self, operation: &Operation) -> (String, Option<String>) {
        let (mut theirs, mut nobodys, mut owned) = (String::new(), String::new(), false);
        let mut before = "";
        for segment in operation.path.trim_start_matches('/').split('/') {
            let (this, that) = match segment.starts_with('{') {
                false => (segment.to_owned(), segment),
                true => match self.part(operation, before) {
                    Part::Shared(same) => (same.to_owned(), same),
                    Part::Owned(this, that) => {
                        owned = true;
                        (this, that)
                    }
                },
            };
            theirs += &format!("/{this}");
            nobodys += &format!("/{that}");
            before = segment;
        }
        (theirs, owned.then_some(nobodys))
    }

    /// All texts that would reveal these objects.
    pub fn traces(&self) -> Vec<&str> {
        let Things { batch, recipient, call, agent, number, trunk, key, .. } = self;
        let Things { webhook, erasure, sound, .. } = self;
        let ids = [batch, recipient, call, agent, number, trunk, key, webhook, erasure, sound];
        [MARK, CALLER_ID].into_iter().chain(ids.map(String::as_str)).collect()
    }
}

/// Creates an object and returns its ID.
pub async fn made(world: &World, path: &str, body: &Value) -> String {
    let made = world.post(path, body).await.expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

/// Uploads a sound and returns its ID.
pub async fn sound(world: &World, name: &str) -> String {
    let fields = [("name", name), ("file", &*crate::sounds::ascii_wav())];
    let made = world.form("/v1/sounds", &fields).await.expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

/// Requests an erasure and returns its ID.
async fn erasure(world: &World) -> String {
    let number = campanile_rules::phone::E164::from_digits(14_155_550_177);
    let (store, workspace) = (&world.app.store, world.workspace().await);
    let begun = store.begin_erasure(workspace, number, store.now()).await;
    begun.expect("an erasure").id.to_string()
}

/// Creates a batch and returns its ID.
pub async fn batch(world: &World, agent: &str, start: &str) -> String {
    let name = format!("{MARK} batch");
    let file = format!("phone_number,name\n+14155550101,{MARK}\n");
    let fields = [
        ("name", name.as_str()),
        ("from_number", CALLER_ID),
        ("agent_id", agent),
        ("agent_version", "1"),
        ("start", start),
        ("file", file.as_str()),
    ];
    let made = world.form("/v1/batch-calls", &fields).await.expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

/// Records a call of a batch, as if it had been placed. Returns its Call-ID and its recipient.
async fn call(world: &World, batch: &str) -> (String, String) {
    let (store, now) = (&world.app.store, world.app.store.now());
    let batch: BatchId = batch.parse().expect("an id");
    let lane = lane_of(store, batch).await;
    let busy_number_wait = Duration::from_secs(5);
    let claim = Claim { batch, lane, limit: 1, due_by: now, busy_number_wait };
    let claimed = store.claim_recipients(claim, now).await.expect("a claim").recipients.remove(0);
    let attempt = claimed.attempt;
    assert!(store.mark_dialed(attempt.id, "{}".to_owned(), now).await.expect("dialed"));
    let said =
        Utterance { speaker: "agent".to_owned(), text: MARK.to_owned(), start_ms: 0, end_ms: 1 };
    let log = CallLog { transcript: vec![said], ..CallLog::default() };
    assert!(store.settle_attempt(completed(&attempt, now), log).await.expect("settled"));
    (attempt.call_id.clone(), RecipientId(attempt.recipient.0).to_string())
}

/// A key of a workspace without objects.
pub async fn stranger(world: &World, workspace: &str, scope: KeyScope) -> World {
    world.with_key(&world.make_key(workspace, scope).await)
}
