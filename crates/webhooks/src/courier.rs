//! The loop that turns events into deliveries and posts what is due.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use campanile_metrics::{METRICS, labels::Delivery};
use campanile_rules::{
    ids::{DeliveryId, WebhookId},
    time::Timestamp,
    webhook::{self, Tried},
};
use campanile_store::{DueDelivery, SqliteStore, StoreError, Try};
use standardwebhooks::Webhook;
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::post::{Message, Poster, Unsent};

/// POSTs to one endpoint at once: a slow one keeps nobody else waiting.
const AT_ONCE: usize = 16;

/// Events come in bursts: they are looked at this seldom, and at the latest after this time.
const PACE: Duration = Duration::from_millis(50);

/// However far the next try is, the clock is looked at again after this long.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Deliveries that are over are kept for so long.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// What a courier works with.
pub struct CourierConfig {
    /// Where events and endpoints are.
    pub store: SqliteStore,
    /// Whether endpoints may have private addresses, such as on this machine.
    pub allow_private: bool,
}

/// Delivers events until it is stopped.
pub struct Courier {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Courier {
    /// Goes on where the last one stopped.
    pub fn start(config: CourierConfig) -> Courier {
        let (stop, stopped) = watch::channel(false);
        let round = Round {
            store: config.store,
            poster: Poster::new(config.allow_private),
            under_way: HashMap::new(),
            tries: JoinSet::new(),
            pruned: None,
        };
        Courier { stop, task: tokio::spawn(round.run(stopped)) }
    }

    /// Begins no POST any more, and returns when those under way are over.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ = self.task.await;
    }
}

/// How seldom old deliveries are looked for.
const PRUNED_EVERY: Duration = Duration::from_secs(3_600);

struct Round {
    store: SqliteStore,
    poster: Poster,
    under_way: HashMap<DeliveryId, WebhookId>,
    tries: JoinSet<DeliveryId>,
    pruned: Option<Instant>,
}

impl Round {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut events = self.store.event_signal();
        while !*stopped.borrow_and_update() {
            let begun = Instant::now();
            events.mark_unchanged();
            let sleep = match self.work().await {
                Ok(sleep) => sleep,
                Err(error) => {
                    tracing::error!(%error, "webhooks wait: the store did not answer");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                _ = stopped.changed() => {}
                Ok(()) = events.changed() => tokio::time::sleep(PACE.saturating_sub(begun.elapsed())).await,
                () = self.store.webhooks_changed() => {}
                Some(done) = self.tries.join_next() => self.done(done.ok()),
                () = tokio::time::sleep(sleep) => {}
            }
            while let Some(done) = self.tries.try_join_next() {
                self.done(done.ok());
            }
        }
        while self.tries.join_next().await.is_some() {}
    }

    /// Does all that can be done now; returns how long to sleep if nothing happens.
    async fn work(&mut self) -> Result<Duration, StoreError> {
        let more = self.store.lift_webhook_events(now()).await?;
        for due in self.store.due_deliveries(now(), 2 * AT_ONCE as u32).await? {
            let busy = self.under_way.values().filter(|webhook| **webhook == due.webhook).count();
            if busy < AT_ONCE && !self.under_way.contains_key(&due.id) {
                self.under_way.insert(due.id, due.webhook);
                self.tries.spawn(deliver(self.store.clone(), self.poster.clone(), due));
            }
        }
        if self.pruned.is_none_or(|at| at.elapsed() >= PRUNED_EVERY) {
            while self.store.prune_deliveries(Timestamp(now().0 - KEPT.as_micros() as i64)).await? {
            }
            self.pruned = Some(Instant::now());
        }
        let next = self.store.next_delivery_at(now()).await?;
        let until = next.map_or(LONGEST_SLEEP, |at| at.since(now()).min(LONGEST_SLEEP));
        Ok(if more { Duration::ZERO } else { until })
    }

    fn done(&mut self, delivery: Option<DeliveryId>) {
        match delivery {
            Some(id) => drop(self.under_way.remove(&id)),
            // Nobody knows whose it was; what is still due is tried again.
            None => self.under_way.clear(),
        }
    }
}

/// Posts a delivery once and stores what came of it.
async fn deliver(store: SqliteStore, poster: Poster, due: DueDelivery) -> DeliveryId {
    let (id, endpoint) = (due.id, due.webhook);
    let (tries, first_at) = (due.tries + 1, due.first_at);
    let begun = Instant::now();
    let sent = tokio::task::spawn_blocking(move || post(&poster, &due)).await;
    let sent = sent.unwrap_or_else(|error| Err(Unsent(error.to_string())));
    let at = now();
    let made = Try {
        at,
        status: sent.as_ref().ok().copied(),
        error: sent.as_ref().err().map(ToString::to_string),
        duration_ms: begun.elapsed().as_millis() as u64,
    };
    let tried = match &sent {
        Ok(200..=299) => Tried::Taken,
        Ok(410) => Tried::Gone,
        Ok(_) | Err(_) => Tried::Refused,
    };
    count(&sent, begun.elapsed());
    let follows = webhook::follows(tried, (tries, first_at.unwrap_or(at)), at, id.0 as u64);
    tracing::debug!(%endpoint, delivery = %id, status = made.status, "webhook tried");
    match store.note_delivery((id, endpoint), (made, tried), follows).await {
        Ok(None) => {}
        Ok(Some(reason)) => {
            tracing::warn!(%endpoint, reason = reason.as_str(), "webhook disabled");
        }
        Err(error) => tracing::error!(%endpoint, %error, "a webhook's try could not be stored"),
    }
    id
}

fn count(sent: &Result<u16, Unsent>, took: Duration) {
    METRICS.delivery_time.observe(took.as_secs_f64());
    let result = match sent {
        Ok(200..=299) => Delivery::Delivered,
        Ok(410) => Delivery::Gone,
        Ok(_) => Delivery::Refused,
        Err(_) => Delivery::Unreachable,
    };
    METRICS.deliveries.of(result).inc();
}

fn post(poster: &Poster, due: &DueDelivery) -> Result<u16, Unsent> {
    let timestamp_s = now().0 / 1_000_000;
    let signer = Webhook::from_bytes(due.secret.clone());
    let signature = signer
        .and_then(|signer| signer.sign(&due.message_id, timestamp_s, due.body.as_bytes()))
        .map_err(|error| Unsent(format!("it could not be signed: {error}")))?;
    poster.send(&Message {
        url: &due.url,
        id: &due.message_id,
        timestamp_s,
        signature: &signature,
        body: &due.body,
    })
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX)))
}
