//! The whole program over real SIP: the binary is driven as a user drives it, and the sandbox
//! carrier's own call records are the truth.

mod answers;
mod bots;
mod bots_down;
mod control;
mod destinations;
mod dialnexa;
mod disk;
mod erasure;
mod events;
mod fairness;
mod hanging;
mod history;
mod hoarding;
mod kill;
mod known_answer;
mod limits;
mod logs;
mod metrics;
mod outages;
mod restore;
mod silent;
mod sounds;
mod strangers;
mod support;
mod webhooks;
