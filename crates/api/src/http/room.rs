//! Limits on connections, over all and per address. When a limit is reached, a new connection
//! replaces an idle or an unauthenticated one.

use std::{
    collections::HashMap,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The connections of a server.
pub struct Room {
    most: usize,
    most_of_one: usize,
    open: Mutex<Open>,
    freed: Notify,
}

#[derive(Default)]
struct Open {
    seats: HashMap<u64, Occupant>,
    /// A counter that increases with each event, to order the events.
    clock: u64,
}

/// The connection on a seat.
struct Occupant {
    address: IpAddr,
    state: State,
    since: u64,
    /// Requests in progress.
    asked: usize,
    leave: CancellationToken,
}

/// The state of a connection. Earlier variants are closed first to make room; `Known` is never
/// closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// The client has not sent the whole head of a request.
    Headless,
    /// The last request was answered, and no other has arrived.
    Idle,
    /// A request without a valid key, so far, is in progress.
    Stranger,
    /// A request with a valid key is in progress.
    Known,
}

/// The limit that prevents a new connection.
#[derive(Debug, PartialEq, Eq)]
enum Full {
    /// Every connection is in use by a request with a valid key.
    Room,
    /// Every connection of this address is in use by a request with a valid key.
    Address,
}

/// The slot of a connection. Dropping it frees the slot.
pub struct Seat {
    room: Arc<Room>,
    id: u64,
    leave: CancellationToken,
    /// Notified when a request begins or ends.
    asks: Notify,
}

impl Room {
    pub fn new(most: usize, most_of_one: usize) -> Arc<Room> {
        Arc::new(Room { most, most_of_one, open: Mutex::default(), freed: Notify::new() })
    }

    /// Waits for a slot. `None` if the address is at its limit and all of its connections are in
    /// use by requests with valid keys.
    pub async fn seat(self: &Arc<Room>, address: IpAddr) -> Option<Arc<Seat>> {
        loop {
            let freed = self.freed.notified();
            match self.try_seat(address) {
                Ok(seat) => return Some(Arc::new(seat)),
                Err(Full::Address) => return None,
                Err(Full::Room) => freed.await,
            }
        }
    }

    fn try_seat(self: &Arc<Room>, address: IpAddr) -> Result<Seat, Full> {
        let mut open = self.open();
        let of_one = open.seats.values().filter(|occupant| occupant.address == address).count();
        if of_one >= self.most_of_one {
            open.make_room(|occupant| occupant.address == address).ok_or(Full::Address)?;
        } else if open.seats.len() >= self.most {
            open.make_room(|_| true).ok_or(Full::Room)?;
        }
        let since = open.tick();
        let leave = CancellationToken::new();
        let occupant =
            Occupant { address, state: State::Headless, since, asked: 0, leave: leave.clone() };
        open.seats.insert(since, occupant);
        Ok(Seat { room: self.clone(), id: since, leave, asks: Notify::new() })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Closes one of the connections that match `among`: the one with the lowest state, and of
    /// those the one longest in it. `None` if all of them are `Known`.
    fn make_room(&mut self, among: impl Fn(&Occupant) -> bool) -> Option<()> {
        let gives_way =
            |(_, occupant): &(&u64, &Occupant)| occupant.state != State::Known && among(occupant);
        let first = self.seats.iter().filter(gives_way);
        let (id, _) = first.min_by_key(|(_, occupant)| (occupant.state, occupant.since))?;
        let left = self.seats.remove(&id.clone())?;
        left.leave.cancel();
        Some(())
    }
}

impl Seat {
    /// Waits until the connection has to close for another one.
    pub async fn must_leave(&self) {
        self.leave.cancelled().await;
    }

    /// Marks that the head of a request has arrived. The request is in progress until the returned
    /// value is dropped.
    pub fn asks(self: Arc<Seat>) -> Asking {
        self.change(|occupant| {
            occupant.asked += 1;
            // A connection with an authenticated request stays `Known` when another request begins.
            occupant.state = occupant.state.max(State::Stranger);
        });
        self.asks.notify_waiters();
        Asking(self)
    }

    /// Marks the connection as authenticated.
    pub fn is_known(&self) {
        self.change(|occupant| occupant.state = State::Known);
    }

    /// Waits until no request has been in progress for `long`.
    pub async fn asks_nothing_for(&self, long: Duration) {
        loop {
            let changed = self.asks.notified();
            if self.asked() > 0 {
                changed.await;
            } else if tokio::time::timeout(long, changed).await.is_err() {
                return;
            }
        }
    }

    fn asked(&self) -> usize {
        self.room.open().seats.get(&self.id).map_or(0, |occupant| occupant.asked)
    }

    fn change(&self, change: impl FnOnce(&mut Occupant)) {
        let mut open = self.room.open();
        let since = open.tick();
        if let Some(occupant) = open.seats.get_mut(&self.id) {
            change(occupant);
            occupant.since = since;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.open().seats.remove(&self.id);
        self.room.freed.notify_one();
    }
}

/// A request in progress.
pub struct Asking(Arc<Seat>);

impl Drop for Asking {
    fn drop(&mut self) {
        let mut idle = false;
        self.0.change(|occupant| {
            occupant.asked -= 1;
            idle = occupant.asked == 0;
            if idle {
                occupant.state = State::Idle;
            }
        });
        self.0.asks.notify_waiters();
        if idle {
            self.0.room.freed.notify_one();
        }
    }
}

/// A response body that holds its request, so that both end together.
pub struct Answering {
    pub body: Body,
    pub _asking: Asking,
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRANGER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const NEIGHBOUR: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn seat(room: &Arc<Room>, address: IpAddr) -> Arc<Seat> {
        Arc::new(room.try_seat(address).expect("a seat"))
    }

    fn left(seat: &Seat) -> bool {
        seat.leave.is_cancelled()
    }

    #[test]
    fn an_address_beyond_its_bound_takes_places_of_its_own_connections_only() {
        let room = Room::new(100, 3);
        let other = seat(&room, NEIGHBOUR);
        let seats: Vec<_> = (0..6).map(|_| seat(&room, STRANGER)).collect();
        let gone: Vec<bool> = seats.iter().map(|seat| left(seat)).collect();
        assert_eq!(gone, [true, true, true, false, false, false], "the oldest go first");
        assert!(!left(&other));
        assert_eq!(room.open().seats.len(), 4);
    }

    #[test]
    fn who_asks_nothing_gives_way_before_strangers_and_a_valid_key_never_does() {
        let room = Room::new(4, 4);
        let [known, stranger, idle, headless] = [0; 4].map(|_| seat(&room, STRANGER));
        let _answered = known.clone().asks();
        known.is_known();
        let _asked = stranger.clone().asks();
        drop(idle.clone().asks());
        for next in [&headless, &idle, &stranger] {
            assert!(!left(next));
            let newcomer = seat(&room, NEIGHBOUR);
            assert!(left(next));
            // It stays, and is answered.
            std::mem::forget(newcomer.clone().asks());
            newcomer.is_known();
            std::mem::forget(newcomer);
        }
        assert_eq!(room.try_seat(NEIGHBOUR).err(), Some(Full::Room));
        assert!(!left(&known));
    }

    #[test]
    fn a_connection_is_idle_when_the_last_of_its_requests_is_answered() {
        let room = Room::new(1, 1);
        let only = seat(&room, STRANGER);
        let (long, short) = (only.clone().asks(), only.clone().asks());
        only.is_known();
        drop(only.clone().asks());
        drop(short);
        assert_eq!(room.try_seat(NEIGHBOUR).err(), Some(Full::Room), "one is still being answered");
        drop(long);
        assert!(room.try_seat(NEIGHBOUR).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_connection_without_a_request_asks_nothing() {
        let room = Room::new(1, 1);
        let only = seat(&room, STRANGER);
        let idle = Duration::from_secs(20);
        let asking = only.clone().asks();
        let while_asking = tokio::time::timeout(10 * idle, only.asks_nothing_for(idle)).await;
        assert!(while_asking.is_err());
        drop(asking);
        only.asks_nothing_for(idle).await;
    }

    #[test]
    fn who_has_all_that_an_address_may_have_and_is_answered_gets_no_more() {
        let room = Room::new(100, 1);
        let only = seat(&room, STRANGER);
        let _answered = only.clone().asks();
        only.is_known();
        assert_eq!(room.try_seat(STRANGER).err(), Some(Full::Address));
        assert!(room.try_seat(NEIGHBOUR).is_ok());
    }
}
