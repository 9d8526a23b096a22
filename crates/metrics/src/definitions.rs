//! Defines every metric: name, kind, labels and meaning. docs/operating.md has the same table, and
//! a test compares the two.

use std::sync::LazyLock;

use campanile_rules::attempt::{AnsweredBy, EndReason, Outcome};
use prometheus::{
    Counter, Gauge, GaugeVec, Histogram, HistogramVec, IntCounter, IntCounterVec, Registry,
};

use crate::{
    kinds::{By, Kind, metrics},
    labels::{Commit, Delivery, LogLevel, Refusal, SipClass, SipCode, StreamEnd, Wakeup},
};

/// Bucket bounds in seconds, for work that normally takes milliseconds.
const SHORT: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];
/// Bucket bounds in seconds until a phone rings or is answered.
const SETUP: &[f64] = &[0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0, 45.0, 60.0];
/// Bucket bounds in seconds of a conversation.
const TALK: &[f64] = &[1.0, 3.0, 6.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0];
/// Bucket bounds in seconds until voicemail detection is sure.
const VERDICT: &[f64] = &[0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 7.0];
/// Bucket bounds in seconds until an agent answers.
const ANSWER: &[f64] = &[0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0];
/// Bucket bounds in seconds by which a retry is late, from promptly to the next morning.
const LAG: &[f64] = &[0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0, 1_800.0, 7_200.0, 43_200.0];
/// Bucket bounds in seconds of an HTTP request.
const REQUEST: &[f64] = &[0.005, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0];
/// Bucket bounds in jobs per commit.
const GROUP: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

metrics! {
    // The calls.
    attempts: By<Outcome> = "campanile_attempts_total",
        "Attempts that ended and are stored, by outcome.";
    attempt_ends: By<EndReason> = "campanile_attempt_ends_total",
        "Attempts that ended and are stored, by the reason.";
    dialed: IntCounterVec(&["trunk"]) = "campanile_dialed_total",
        "Calls whose INVITE left; their rate is the calls per second.";
    ringing: Histogram(SETUP) = "campanile_dial_to_ringing_seconds",
        "From the INVITE to the first 18x.";
    answered: Histogram(SETUP) = "campanile_dial_to_answer_seconds",
        "From the INVITE to the 2xx.";
    talk: Histogram(TALK) = "campanile_talk_seconds",
        "From the answer to the end of the call.";
    amd_verdicts: By<AnsweredBy> = "campanile_amd_verdicts_total",
        "What voicemail detection took the answering side for.";
    amd_decided: Histogram(VERDICT) = "campanile_amd_decision_seconds",
        "From the answer to the verdict of voicemail detection.";
    agent_latency: HistogramVec(&["step"], ANSWER) = "campanile_agent_latency_seconds",
        "How soon agents answer a turn: in all (answer), and each step of it that is known.";
    // Trunks and SIP.
    trunk_calls: GaugeVec(&["trunk"]) = "campanile_trunk_calls",
        "Calls at once, from the claim of the recipient to the stored end.";
    trunk_calls_limit: GaugeVec(&["trunk"]) = "campanile_trunk_calls_limit",
        "Calls that the trunk may have at once.";
    trunk_cps_limit: GaugeVec(&["trunk"]) = "campanile_trunk_cps_limit",
        "New calls that the trunk may get in a second.";
    trunk_pace: GaugeVec(&["trunk"]) = "campanile_trunk_pace_ratio",
        "The pace as a share of the full one; below 1 after congestion.";
    trunk_backing_off: GaugeVec(&["trunk"]) = "campanile_trunk_backing_off",
        "1 while congestion slows or stops the trunk.";
    trunk_unreachable: GaugeVec(&["trunk"]) = "campanile_trunk_unreachable",
        "1 while calls are stopped because none gets through the trunk.";
    sip_responses: By<SipClass> = "campanile_sip_responses_total",
        "SIP responses that arrived, repeated ones included, by class.";
    sip_finals: By<SipCode> = "campanile_sip_final_codes_total",
        "SIP codes that ended attempts; rare ones by their class.";
    sip_strangers: IntCounter = "campanile_sip_strangers_total",
        "SIP messages that belong to no call: scanners, mostly.";
    // Sound.
    rtp_sent: IntCounter = "campanile_rtp_frames_total",
        "Steps of 20 ms of answered calls.";
    rtp_sent_late: IntCounter = "campanile_rtp_frames_late_total",
        "Steps that this machine took 20 ms late or more.";
    rtp_received: IntCounter = "campanile_rtp_received_total",
        "Packets of sound that came in time; counted when the call ends.";
    rtp_received_late: IntCounter = "campanile_rtp_received_late_total",
        "Packets of sound that came too late to be heard; counted when the call ends.";
    rtp_concealed: IntCounter = "campanile_rtp_concealed_frames_total",
        "20 ms of sound that were lost and made up for; counted when the call ends.";
    recorded: IntCounter = "campanile_recording_bytes_total",
        "Bytes of recordings that were written.";
    recording_lost: IntCounter = "campanile_recording_lost_bytes_total",
        "Bytes of recordings that the disk did not take.";
    // The dispatcher.
    batches: GaugeVec(&["blocker"]) = "campanile_batches",
        "Batches that are not over, by what stands in the way of their next call; none: nothing.";
    wakeups: By<Wakeup> = "campanile_dispatcher_wakeups_total",
        "Times that the dispatcher looked at what there is to do.";
    placed: Histogram(SHORT) = "campanile_place_to_dial_seconds",
        "From the decision to dial to the INVITE: what Campanile itself adds.";
    retry_lag: Histogram(LAG) = "campanile_retry_lag_seconds",
        "From when a retry was due to its INVITE; hours, limits and pace included.";
    // The store.
    commits: By<Commit> = "campanile_store_commits_total",
        "Commits of the database; many pieces of work share one.";
    commit_time: Histogram(SHORT) = "campanile_store_commit_seconds",
        "From the begin of a transaction to its durable end.";
    commit_group: Histogram(GROUP) = "campanile_store_commit_writes",
        "Pieces of work in a commit.";
    store_queue: Gauge = "campanile_store_queue_depth",
        "Pieces of work that wait for the writer, of 4096.";
    // Doors.
    requests: IntCounterVec(&["method", "route", "status"]) = "campanile_http_requests_total",
        "HTTP requests, by class of the status.";
    request_time: HistogramVec(&["method", "route"], REQUEST) =
        "campanile_http_request_duration_seconds",
        "From the head of a request to the head of its answer.";
    refusals: By<Refusal> = "campanile_http_refusals_total",
        "Requests that were turned away at the door.";
    streams_open: Gauge = "campanile_sse_streams",
        "Streams of events that are open.";
    streams_ended: By<StreamEnd> = "campanile_sse_streams_ended_total",
        "Streams of events that ended; broken: the client left or did not read.";
    deliveries: By<Delivery> = "campanile_webhook_posts_total",
        "POSTs to endpoints of webhooks, by result.";
    delivery_time: Histogram(REQUEST) = "campanile_webhook_post_seconds",
        "How long endpoints of webhooks take to answer.";
    deliveries_waiting: Gauge = "campanile_webhook_deliveries_waiting",
        "Deliveries that wait for their first or next try.";
    // The process.
    logged: By<LogLevel> = "campanile_log_events_total",
        "Errors and warnings that were logged.";
    build: GaugeVec(&["version"]) = "campanile_build_info",
        "Always 1; the version is its label.";
    cpu: Counter = "process_cpu_seconds_total",
        "CPU time of the process, in seconds.";
    memory: Gauge = "process_resident_memory_bytes",
        "Memory of the process that is in RAM.";
    open_files: Gauge = "process_open_fds",
        "Files and sockets that are open.";
    max_files: Gauge = "process_max_fds",
        "Files and sockets that may be open.";
    started: Gauge = "process_start_time_seconds",
        "When the process started, in seconds since 1970.";
}

/// The definition of a metric, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The metric's name, with its unit.
    pub name: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// The names of the metric's labels.
    pub labels: Vec<String>,
    /// The meaning of the metric.
    pub help: String,
}

impl Definition {
    fn of<K: Kind>(metric: &K) -> Definition {
        let described = metric.desc();
        let first = described.first();
        Definition {
            name: first.map(|desc| desc.fq_name.clone()).unwrap_or_default(),
            kind: K::TYPE,
            labels: first.map(|desc| desc.variable_labels.clone()).unwrap_or_default(),
            help: first.map(|desc| desc.help.clone()).unwrap_or_default(),
        }
    }
}

/// The metrics of this process.
pub static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    Metrics::define().expect("the table holds names that Prometheus allows, each of them once")
});
