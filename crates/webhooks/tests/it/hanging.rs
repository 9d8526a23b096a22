//! Endpoints that hang delay nobody: no other endpoint, no other workspace, no reader of the store.

use std::sync::{Arc, Condvar, Mutex};

use campanile_rules::{event::EventKind, time::Timestamp};
use campanile_store::{Store, WebhookSettings};
use campanile_testkit::Receiver;
use campanile_webhooks::{Courier, CourierConfig};
use tokio::net::{TcpListener, TcpStream};

const NOW: Timestamp = Timestamp(1_780_315_200_000_000);

/// The number of hanging endpoints in each workspace that has any.
const ENDPOINTS: usize = 50;

/// A server that accepts connections and never answers.
struct Hole {
    url: String,
    held: Arc<(Mutex<Vec<TcpStream>>, Condvar)>,
}

impl Hole {
    async fn open() -> Hole {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let held = Arc::new((Mutex::default(), Condvar::new()));
        let inner: Arc<(Mutex<Vec<TcpStream>>, Condvar)> = Arc::clone(&held);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                inner.0.lock().unwrap().push(stream);
                inner.1.notify_all();
            }
        });
        Hole { url, held }
    }

    /// Waits until `count` connections hang at once.
    fn wait_for(&self, count: usize) {
        let held = self.held.0.lock().unwrap();
        drop(self.held.1.wait_while(held, |held| held.len() < count).unwrap());
    }
}

async fn endpoint(store: &dyn Store, workspace: &str, url: &str) {
    let workspace = store.ensure_workspace(workspace, NOW).await.unwrap().id;
    let (url, events) = (url.to_owned(), EventKind::ALL.to_vec());
    let settings = WebhookSettings { url, description: String::new(), events, enabled: true };
    let webhook = store.add_webhook(workspace, (settings, vec![7; 32]), NOW).await.unwrap().id;
    store.test_webhook(workspace, webhook, NOW).await.unwrap();
}

/// A runtime with one thread for blocking work: a task that holds it stalls all the others.
fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).max_blocking_threads(1).enable_all().build().unwrap()
}

#[test]
fn others_are_told_and_the_store_is_read_while_two_hundred_endpoints_hang() {
    runtime().block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let store = campanile_testkit::open(dir.path());
        let (hole, receiver) = (Hole::open().await, Receiver::start(|_| 200));
        for workspace in ["a", "b", "c", "d"] {
            for _ in 0..ENDPOINTS {
                endpoint(&*store, workspace, &hole.url).await;
            }
        }
        let config = CourierConfig { store: store.clone(), allow_private: true };
        let courier = Courier::start(config);
        // Sixteen from each of the four workspaces: half of a workspace's places.
        tokio::task::block_in_place(|| hole.wait_for(4 * 16));
        endpoint(&*store, "another", &receiver.url()).await;
        tokio::task::block_in_place(|| receiver.wait_for(1));
        store.list_workspaces().await.expect("read while they hang");
        assert_eq!(hole.held.0.lock().unwrap().len(), 4 * 16, "all of them still hang");
        drop(courier);
    });
}
