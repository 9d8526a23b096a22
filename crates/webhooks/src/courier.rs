//! The loop that turns events into deliveries and posts what is due.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use campanile_clock::Clock;
use campanile_egress::{Guard, Lookups, Reach};
use campanile_metrics::{METRICS, labels::Delivery};
use campanile_rules::{
    ids::{DeliveryId, WorkspaceId},
    time::Timestamp,
    webhook::{self, Follows, Tried},
};
use campanile_store::{DueDelivery, EventLog, StoreError, TriedDelivery, Try};
use standardwebhooks::Webhook;
use tokio::{
    sync::watch,
    task::{self, JoinError, JoinHandle, JoinSet},
};

use crate::{
    post::{Message, Poster, Unsent},
    queues::{Place, Placed, Queues},
    stored::{self, Stored},
};

/// Deliveries of one endpoint that one read returns.
const READ_AT_ONCE: u32 = 512;

/// The pause between two looks at new events, which come in bursts.
const PACE: Duration = Duration::from_millis(50);

/// The courier looks at the clock after this time, however far the next try is.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// How long ended deliveries are kept.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// The configuration of a courier.
pub struct CourierConfig {
    /// The store with the events and endpoints.
    pub store: Arc<dyn EventLog>,
    /// Whether endpoints may have private addresses, for example on this machine.
    pub allow_private: bool,
}

/// Delivers events until it is stopped.
pub struct Courier {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Courier {
    /// Starts where the last courier stopped.
    pub fn start(config: CourierConfig) -> Courier {
        let (stop, stopped) = watch::channel(false);
        let round = Round {
            store: config.store,
            reach: Reach::of("webhooks_allow_private", config.allow_private),
            lookups: Lookups::default(),
            posters: HashMap::new(),
            queues: Queues::default(),
            posts: JoinSet::new(),
            posting: HashMap::new(),
            tried: Vec::new(),
            storing: JoinSet::new(),
            look_at: Instant::now(),
            pruned: None,
        };
        Courier { stop, task: tokio::spawn(round.run(stopped)) }
    }

    /// Begins no new POST, and returns when all open POSTs have ended.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ = self.task.await;
    }
}

/// The time between two searches for old deliveries.
const PRUNED_EVERY: Duration = Duration::from_secs(3_600);

struct Round {
    store: Arc<dyn EventLog>,
    reach: Reach,
    lookups: Lookups,
    /// The posters: each workspace has its own connections and name look-ups.
    posters: HashMap<WorkspaceId, Poster>,
    queues: Queues,
    posts: JoinSet<TriedDelivery>,
    /// The delivery that each posting task posts.
    posting: HashMap<task::Id, (Place, DeliveryId)>,
    /// Results of tries that are still to be stored.
    tried: Vec<TriedDelivery>,
    /// The task that stores results; it stores one group after another.
    storing: JoinSet<Stored>,
    look_at: Instant,
    pruned: Option<Instant>,
}

impl Round {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut events = self.store.event_signal();
        let mut looked_at = Instant::now();
        while !*stopped.borrow_and_update() {
            if self.look_at <= Instant::now() {
                looked_at = Instant::now();
                events.mark_unchanged();
                self.look().await;
            }
            self.post();
            self.give_to_store();
            tokio::select! {
                _ = stopped.changed() => {}
                Ok(()) = events.changed() => self.look_by(looked_at + PACE),
                () = self.store.webhooks_changed() => {
                    self.queues.forget_waiting();
                    self.look_by(looked_at);
                }
                Some(posted) = self.posts.join_next_with_id() => self.posted(posted),
                Some(stored) = self.storing.join_next() => self.stored(stored),
                () = tokio::time::sleep_until(self.look_at.into()) => {}
            }
            if self.queues.are_short() {
                self.look_by(looked_at);
            }
        }
        self.finish().await;
    }

    /// Ends the POSTs under way and stores their results; begins nothing new.
    async fn finish(&mut self) {
        while let Some(posted) = self.posts.join_next_with_id().await {
            self.posted(posted);
        }
        self.wait_until_stored().await;
        self.give_to_store();
        self.wait_until_stored().await;
    }

    /// Returns when the results are stored, or when the store's disk fails.
    async fn wait_until_stored(&mut self) {
        let store = self.store.clone();
        let stored = async { while self.storing.join_next().await.is_some() {} };
        tokio::select! {
            () = stored => {}
            () = store.unwritable() => {}
        }
    }

    /// Makes sure that the courier looks at the store by this instant.
    fn look_by(&mut self, at: Instant) {
        self.look_at = self.look_at.min(at);
    }

    /// Asks the store what is to be done.
    async fn look(&mut self) {
        let sleep = match self.read().await {
            Ok(sleep) => sleep,
            // The store has already logged an error that concerns the whole database.
            Err(error) if error.is_of_the_whole() => Duration::from_secs(1),
            Err(error) => {
                tracing::error!(%error, "webhooks wait: the store did not answer");
                Duration::from_secs(1)
            }
        };
        self.look_at = Instant::now() + sleep;
    }

    /// Reads due deliveries; returns when to look again if nothing happens before.
    async fn read(&mut self) -> Result<Duration, StoreError> {
        let now = self.store.now();
        let more = self.store.lift_webhook_events(now).await?;
        let due = self.store.due_deliveries(now, READ_AT_ONCE).await?;
        let there: HashSet<_> = self.store.enabled_webhooks().await?.into_iter().collect();
        self.queues.keep_only(&there);
        self.queues.take(due, READ_AT_ONCE as usize);
        if self.pruned.is_none_or(|at| at.elapsed() >= PRUNED_EVERY) {
            while self.store.prune_deliveries(now - KEPT).await? {}
            self.pruned = Some(Instant::now());
        }
        if more {
            return Ok(Duration::ZERO);
        }
        let now = self.store.now();
        let next = self.store.next_delivery_at(now).await?;
        Ok(next.map_or(LONGEST_SLEEP, |at| at.since(now).min(LONGEST_SLEEP)))
    }

    /// Posts all deliveries that get a place.
    fn post(&mut self) {
        while let Some(Placed { due, place }) = self.queues.next() {
            let delivery = due.id;
            let new = || Poster::new(Guard::new(self.reach, &self.lookups));
            let poster = self.posters.entry(due.workspace).or_insert_with(new).clone();
            let task = self.posts.spawn(deliver(poster, due, self.store.clock().clone()));
            self.posting.insert(task.id(), (place, delivery));
        }
    }

    fn posted(&mut self, posted: Result<(task::Id, TriedDelivery), JoinError>) {
        let id = posted.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some((place, delivery)) = self.posting.remove(&id) else { return };
        match posted {
            Ok((_, tried)) => {
                self.queues.posted(place, tried.made.status.is_some());
                self.tried.push(tried);
            }
            // The task failed, so the delivery is still due.
            Err(_) => {
                self.queues.posted(place, false);
                self.queues.forget(place.webhook, delivery);
            }
        }
    }

    /// Stores the results of tries, unless earlier results are still being stored.
    fn give_to_store(&mut self) {
        if self.tried.is_empty() || !self.storing.is_empty() {
            return;
        }
        let tried = std::mem::take(&mut self.tried);
        self.storing.spawn(stored::store(self.store.clone(), tried));
    }

    fn stored(&mut self, stored: Result<Stored, JoinError>) {
        let Ok(Stored { tried, disabled }) = stored else {
            // The failed task's deliveries are unknown; those that are still due are tried again.
            self.queues.forget_known();
            return self.look_by(Instant::now());
        };
        for one in &tried {
            self.queues.forget(one.webhook, one.id);
            if let Follows::RetryAt(at) = one.follows {
                self.look_by(Instant::now() + at.since(self.store.now()));
            }
        }
        match disabled {
            Ok(disabled) => {
                for (endpoint, reason) in &disabled {
                    tracing::warn!(%endpoint, reason = reason.as_str(), "webhook disabled");
                }
                if !disabled.is_empty() {
                    self.queues.forget_waiting();
                    self.look_by(Instant::now());
                }
            }
            Err(error) => {
                tracing::error!(%error, "tries of webhooks could not be stored; they are repeated");
                self.look_by(Instant::now() + Duration::from_secs(1));
            }
        }
    }
}

/// Posts a delivery once and returns the result.
async fn deliver(poster: Poster, due: DueDelivery, clock: Clock) -> TriedDelivery {
    let (id, webhook) = (due.id, due.webhook);
    let (tries, first_at) = (due.tries + 1, due.first_at);
    let begun = Instant::now();
    let sent = post(&poster, &due, clock.now()).await;
    let at = clock.now();
    let made = Try {
        at,
        status: sent.as_ref().ok().copied(),
        error: sent.as_ref().err().map(ToString::to_string),
        duration_ms: begun.elapsed().as_millis() as u64,
    };
    let tried = match &sent {
        Ok(200..=299) => Tried::Accepted,
        Ok(410) => Tried::Gone,
        Ok(_) | Err(_) => Tried::Refused,
    };
    count(&sent, begun.elapsed());
    let follows = webhook::follows(tried, (tries, first_at.unwrap_or(at)), at, id.0 as u64);
    tracing::debug!(endpoint = %webhook, delivery = %id, status = made.status, "webhook tried");
    TriedDelivery { id, webhook, made, tried, follows }
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

async fn post(poster: &Poster, due: &DueDelivery, now: Timestamp) -> Result<u16, Unsent> {
    let timestamp_s = now.0 / 1_000_000;
    let signer = Webhook::from_bytes(due.secret.clone());
    let signature = signer
        .and_then(|signer| signer.sign(&due.message_id, timestamp_s, due.body.as_bytes()))
        .map_err(|error| Unsent(format!("it could not be signed: {error}")))?;
    let message = Message {
        url: &due.url,
        id: &due.message_id,
        timestamp_s,
        signature: &signature,
        body: &due.body,
    };
    poster.send(&message).await
}
