//! The machine against a far end over a network that loses, doubles, delays and reorders messages.

use std::{cmp::Reverse, collections::BinaryHeap};

use campanile_rules::trunk::Transport;

use super::{
    tests::{invite, other, response},
    *,
};

const SEEDS: u64 = 5_000;

/// What happens next, at a number of milliseconds; the counter keeps the order of equal times.
type Next = Reverse<(u64, u64, Event)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A copy of the request reaches the far end.
    Request,
    /// An ACK reaches the far end.
    Ack,
    /// A response with this code reaches us.
    Response(u16),
    /// The far end decides.
    Decide,
    /// The far end repeats its refusal (timer G).
    Repeat(u64),
}

/// The far end (§17.2).
#[derive(Default)]
struct FarEnd {
    asked: bool,
    provisional: Option<u16>,
    decided: bool,
    acknowledged: bool,
}

/// One exchange and what was seen of it.
struct Exchange {
    random: fastrand::Rng,
    start: Instant,
    now_ms: u64,
    queue: BinaryHeap<Next>,
    count: u64,
    /// Per cent of the messages that are lost and that come twice.
    lost: u8,
    doubled: u8,
    request: Request,
    transaction: Transaction,
    far_end: FarEnd,
    last_code: u16,
    requests: usize,
    acks: usize,
    refusals: usize,
    provisionals: usize,
    finals: usize,
    timed_out: bool,
}

impl Exchange {
    fn new(seed: u64) -> Exchange {
        let mut random = fastrand::Rng::with_seed(seed);
        let transport = if random.u8(..4) == 0 { Transport::Tcp } else { Transport::Udp };
        let request = if random.bool() { invite(transport) } else { other(transport) };
        let is_stream = transport == Transport::Tcp;
        let [lost, doubled] = [0, 0].map(|none| if is_stream { none } else { random.u8(..80) });
        let start = Instant::now();
        let last_code = [200, 202, 302, 401, 486, 487, 503, 603][random.usize(..8)];
        let transaction = Transaction::open(request.clone(), Timers::default(), start);
        let mut exchange = Exchange {
            random,
            start,
            now_ms: 0,
            queue: BinaryHeap::new(),
            count: 0,
            lost,
            doubled,
            request,
            transaction,
            far_end: FarEnd::default(),
            last_code,
            requests: 1,
            acks: 0,
            refusals: 0,
            provisionals: 0,
            finals: 0,
            timed_out: false,
        };
        exchange.travel(Event::Request);
        exchange
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_millis(self.now_ms)
    }

    fn after(&mut self, ms: u64, event: Event) {
        self.count += 1;
        self.queue.push(Reverse((self.now_ms + ms, self.count, event)));
    }

    /// Sends a message over the network.
    fn travel(&mut self, event: Event) {
        if self.random.u8(..100) < self.lost {
            return;
        }
        let copies = if self.random.u8(..100) < self.doubled { 2 } else { 1 };
        for _ in 0..copies {
            let delay = self.random.u64(1..1_500);
            self.after(delay, event);
        }
    }

    fn run(&mut self) {
        for _ in 0..10_000 {
            let wake_ms = self.transaction.wake_at().map(|at| (at - self.start).as_millis() as u64);
            let event_ms = self.queue.peek().map(|Reverse((at, ..))| *at);
            match (wake_ms, event_ms) {
                (Some(wake), event) if event.is_none_or(|event| wake <= event) => {
                    self.now_ms = self.now_ms.max(wake);
                    let output = self.transaction.on_time(self.now());
                    self.carry_out(output, None);
                }
                (_, Some(_)) => self.happen(),
                (_, None) => return,
            }
        }
        panic!("it never ends");
    }

    fn happen(&mut self) {
        let Some(Reverse((at, _, event))) = self.queue.pop() else { return };
        self.now_ms = at;
        match event {
            Event::Request => self.far_end_is_asked(),
            Event::Ack => self.far_end.acknowledged = true,
            Event::Response(code) => self.hear(code),
            Event::Decide => {
                self.far_end.decided = true;
                self.travel(Event::Response(self.last_code));
                if self.is_refused_on_datagrams() {
                    self.after(500, Event::Repeat(500));
                }
            }
            Event::Repeat(interval) if !self.far_end.acknowledged && self.now_ms < 100_000 => {
                self.travel(Event::Response(self.last_code));
                let interval = (interval * 2).min(4_000);
                self.after(interval, Event::Repeat(interval));
            }
            Event::Repeat(_) => {}
        }
    }

    fn is_refused_on_datagrams(&self) -> bool {
        self.request.is_invite() && self.last_code >= 300 && !self.request.flow.is_reliable()
    }

    fn far_end_is_asked(&mut self) {
        if !std::mem::replace(&mut self.far_end.asked, true) {
            let thinks = self.random.u64(1..6_000);
            self.after(thinks, Event::Decide);
            self.far_end.provisional = self.random.bool().then_some(180);
        }
        let answer = match (self.far_end.decided, self.far_end.provisional) {
            (true, _) => Some(self.last_code),
            (false, provisional) => provisional,
        };
        answer.into_iter().for_each(|code| self.travel(Event::Response(code)));
    }

    fn hear(&mut self, code: u16) {
        let response = response(&self.request, code);
        assert!(self.transaction.is_answered_by(&response));
        if self.transaction.is_done() {
            assert_eq!(self.transaction.on_response(&response, self.now()), None);
            return;
        }
        self.refusals += usize::from(self.request.is_invite() && code >= 300);
        let output = self.transaction.on_response(&response, self.now());
        self.carry_out(output, Some(code));
    }

    /// Carries out an output and counts it.
    fn carry_out(&mut self, output: Option<Output>, heard: Option<u16>) {
        match (output, heard) {
            (Some(Output::Send(flow, bytes)), None) => {
                assert_eq!((flow, bytes), self.transaction.request());
                assert_eq!(self.provisionals * usize::from(self.request.is_invite()), 0);
                assert_eq!(self.finals, 0, "repeated after the final response");
                self.requests += 1;
                self.travel(Event::Request);
            }
            (Some(Output::Send(_, ack)), Some(_)) => self.acknowledge(&ack),
            (Some(Output::PassUp(ack)), Some(code)) => {
                assert!(!self.timed_out && self.finals == 0, "{code} is passed up too late");
                match code {
                    ..200 => self.provisionals += 1,
                    _ => self.finals += 1,
                }
                if let Some((_, ack)) = ack {
                    self.acknowledge(&ack);
                }
            }
            (Some(Output::TimedOut), None) => {
                assert!(!self.timed_out && self.finals == 0);
                assert_eq!(self.now_ms, 32_000);
                self.timed_out = true;
            }
            (None, _) => {}
            (output, heard) => panic!("{output:?} after {heard:?}"),
        }
    }

    fn acknowledge(&mut self, ack: &Bytes) {
        assert!(ack.starts_with(b"ACK "));
        self.acks += 1;
        self.travel(Event::Ack);
    }

    /// Checks what was counted.
    fn check(&self) {
        let most = match (self.request.flow.is_reliable(), self.request.is_invite()) {
            (true, _) => 1,
            (false, true) => 7,
            (false, false) => 11,
        };
        assert!(self.requests <= most, "{} requests", self.requests);
        assert_eq!(self.acks, self.refusals, "one ACK for each refusal");
        let waits = self.request.is_invite() && self.provisionals > 0 && self.finals == 0;
        assert_eq!(self.finals + usize::from(self.timed_out) + usize::from(waits), 1);
        assert_eq!(self.transaction.is_open(), waits);
        assert_eq!(self.transaction.is_done(), !waits);
        if self.lost == 0 {
            assert_eq!(self.finals, 1, "nothing was lost");
        }
    }
}

#[test]
fn whatever_the_network_does_an_exchange_has_one_end() {
    let seeds = std::env::var("LOSS_SEED").ok().and_then(|seed| seed.parse().ok());
    let (mut finals, mut timed_out, mut waiting, mut acknowledged_again) = (0, 0, 0, 0);
    for seed in seeds.map_or(0..SEEDS, |seed: u64| seed..seed + 1) {
        let run = std::panic::catch_unwind(|| {
            let mut exchange = Exchange::new(seed);
            exchange.run();
            exchange.check();
            exchange
        });
        let exchange = run.unwrap_or_else(|_| panic!("replay with LOSS_SEED={seed}"));
        finals += exchange.finals;
        timed_out += usize::from(exchange.timed_out);
        waiting += usize::from(exchange.transaction.is_open());
        acknowledged_again += usize::from(exchange.acks > 1);
    }
    if seeds.is_none() {
        let seen = [finals, timed_out, waiting, acknowledged_again];
        assert!(seen.iter().all(|count| *count > 10), "every end is seen: {seen:?}");
    }
}
