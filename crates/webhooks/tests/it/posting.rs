use std::sync::Arc;

use campanile_rules::{event::EventKind, ids::WebhookId, time::Timestamp};
use campanile_store::{
    DeliveryFilter, DeliveryRecord, DeliveryState, DisabledReason, Store, WebhookSettings,
};
use campanile_testkit::Receiver;
use campanile_webhooks::{Courier, CourierConfig};
use standardwebhooks::Webhook;

const NOW: Timestamp = Timestamp(1_780_315_200_000_000);
const SECRET: [u8; 32] = [7; 32];

struct World {
    store: Arc<dyn Store>,
    webhook: WebhookId,
    _dir: tempfile::TempDir,
}

impl World {
    async fn new(url: String) -> World {
        let dir = tempfile::tempdir().unwrap();
        let store = campanile_testkit::open(dir.path());
        let webhook = endpoint(&*store, url).await;
        World { store, webhook, _dir: dir }
    }

    /// Runs a courier until the receiver has got `posts` POSTs.
    async fn courier(&self, receiver: &Receiver, posts: usize) -> Vec<DeliveryRecord> {
        let config = CourierConfig { store: self.store.clone(), allow_private: true };
        let courier = Courier::start(config);
        tokio::task::block_in_place(|| receiver.wait_for(posts));
        courier.stop().await;
        let workspace = self.store.ensure_workspace("default", NOW).await.unwrap().id;
        let filter = DeliveryFilter { limit: 50, ..DeliveryFilter::default() };
        self.store.deliveries(workspace, self.webhook, filter).await.unwrap().items
    }

    async fn send_test(&self) -> DeliveryRecord {
        let workspace = self.store.ensure_workspace("default", NOW).await.unwrap().id;
        self.store.test_webhook(workspace, self.webhook, NOW).await.unwrap()
    }
}

async fn endpoint(store: &dyn Store, url: String) -> WebhookId {
    let workspace = store.ensure_workspace("default", NOW).await.unwrap().id;
    let events = EventKind::ALL.to_vec();
    let settings = WebhookSettings { url, description: String::new(), events, enabled: true };
    store.add_webhook(workspace, (settings, SECRET.to_vec()), NOW).await.unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_is_signed_and_delivered_once() {
    let receiver = Receiver::start(|_| 200);
    let world = World::new(receiver.url()).await;
    world.send_test().await;
    let log = world.courier(&receiver, 1).await;
    assert_eq!((log[0].state, log[0].tries), (DeliveryState::Delivered, 1));
    assert_eq!(log[0].last.as_ref().and_then(|last| last.status), Some(200));
    let told = receiver.posts();
    assert_eq!((told.len(), &told[0].body["type"]), (1, &"webhook.test".into()));
    let signer = Webhook::from_bytes(SECRET.to_vec()).unwrap();
    let signed = signer.sign(&told[0].id, told[0].timestamp_s, told[0].raw.as_bytes()).unwrap();
    assert_eq!(told[0].signature, signed);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_waits_and_is_sent_again_under_the_same_id() {
    let receiver = Receiver::start(|seen| if seen == 0 { 500 } else { 200 });
    let world = World::new(receiver.url()).await;
    let sent = world.send_test().await;
    let log = world.courier(&receiver, 1).await;
    assert_eq!((log[0].state, log[0].tries), (DeliveryState::Pending, 1));
    assert!(log[0].due_at > log[0].last.as_ref().map(|last| last.at), "not at once");

    let workspace = world.store.ensure_workspace("default", NOW).await.unwrap().id;
    world.store.redeliver(workspace, (world.webhook, sent.id), NOW).await.unwrap();
    let log = world.courier(&receiver, 2).await;
    assert_eq!((log[0].state, log[0].tries), (DeliveryState::Delivered, 2));
    let told = receiver.posts();
    assert_eq!(told[0].id, told[1].id);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_gone_is_disabled_and_told_nothing_more() {
    let receiver = Receiver::start(|_| 410);
    let world = World::new(receiver.url()).await;
    world.send_test().await;
    let log = world.courier(&receiver, 1).await;
    assert_eq!(log[0].state, DeliveryState::Failed);
    let workspace = world.store.ensure_workspace("default", NOW).await.unwrap().id;
    let webhook = world.store.webhook(workspace, world.webhook).await.unwrap();
    assert!(!webhook.settings.enabled);
    assert_eq!(webhook.disabled_reason, Some(DisabledReason::Gone));
    world.send_test().await;
    assert!(world.store.due_deliveries(NOW, 10).await.unwrap().is_empty());
}
