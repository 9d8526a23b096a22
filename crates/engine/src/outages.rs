//! Log lines about outages: one when an outage begins, at most one per minute while it lasts, and
//! one when it is over.

use std::{collections::BTreeMap, time::Duration};

use campanile_rules::{
    dispatcher::{Missing, Outage},
    time::Timestamp,
};

/// How often an outage is logged while it lasts.
const AGAIN: Duration = Duration::from_secs(60);

/// The outages that the log knows.
#[derive(Debug, Default)]
pub(crate) struct Outages(BTreeMap<Missing, Told>);

#[derive(Debug)]
struct Told {
    since: Timestamp,
    said_at: Timestamp,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    Begins(Missing, Outage),
    GoesOn(Missing, Outage),
    IsOver(Missing, Duration),
}

impl Outages {
    /// Whether the log knows an outage that is not over.
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// The lines to log, given the present outages.
    pub fn look(&mut self, outages: Vec<(Missing, Outage)>, now: Timestamp) -> Vec<Line> {
        let mut lines = Vec::new();
        self.0.retain(|missing, told| {
            let lasts = outages.iter().any(|(of, _)| of == missing);
            if !lasts {
                lines.push(Line::IsOver(*missing, now.since(told.since)));
            }
            lasts
        });
        for (missing, outage) in outages {
            match self.0.get_mut(&missing) {
                None => {
                    let told = Told { since: outage.since, said_at: now };
                    self.0.insert(missing, told);
                    lines.push(Line::Begins(missing, outage));
                }
                Some(told) if told.said_at + AGAIN <= now => {
                    told.said_at = now;
                    lines.push(Line::GoesOn(missing, outage));
                }
                Some(_) => {}
            }
        }
        lines
    }
}

impl Line {
    /// Writes the line to the log.
    pub fn write(&self) {
        match self {
            Line::Begins(Missing::Trunk(trunk), Outage { cause, .. }) => {
                tracing::error!(%trunk, %cause, "no call gets through a trunk; it is probed, and nobody is charged");
            }
            Line::Begins(Missing::Agent(batch), Outage { cause, .. }) => {
                tracing::error!(%batch, %cause, "an agent cannot speak; it is tried again, and nobody is charged");
            }
            Line::GoesOn(Missing::Trunk(trunk), Outage { cause, since, .. }) => {
                tracing::warn!(%trunk, %cause, %since, "still no call gets through a trunk");
            }
            Line::GoesOn(Missing::Agent(batch), Outage { cause, since, .. }) => {
                tracing::warn!(%batch, %cause, %since, "an agent still cannot speak");
            }
            Line::IsOver(Missing::Trunk(trunk), lasted) => {
                tracing::info!(%trunk, lasted_s = lasted.as_secs(), "calls get through a trunk again");
            }
            Line::IsOver(Missing::Agent(batch), lasted) => {
                tracing::info!(%batch, lasted_s = lasted.as_secs(), "an agent can speak again");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use campanile_rules::ids::{BatchId, TrunkId};

    use super::*;

    const TRUNK: Missing = Missing::Trunk(TrunkId(1));
    const AGENT: Missing = Missing::Agent(BatchId(2));
    const NOON: Timestamp = Timestamp(1_763_900_000_000_000);

    fn outage() -> Outage {
        Outage { since: NOON, cause: "nobody listens there".into(), probe_at: None }
    }

    #[test]
    fn an_outage_is_told_when_it_begins_once_a_minute_and_when_it_is_over() {
        let mut outages = Outages::default();
        let mut lines = Vec::new();
        for second in 0..150 {
            let out = vec![(TRUNK, outage()), (AGENT, outage())];
            let now = NOON + Duration::from_secs(second);
            // The trunk is back after 130 s, the agent after 20 s.
            let out =
                out.into_iter().filter(|(of, _)| second < if *of == TRUNK { 130 } else { 20 });
            lines.extend(outages.look(out.collect(), now).into_iter().map(|line| (second, line)));
        }
        let expected = [
            (0, Line::Begins(TRUNK, outage())),
            (0, Line::Begins(AGENT, outage())),
            (20, Line::IsOver(AGENT, Duration::from_secs(20))),
            (60, Line::GoesOn(TRUNK, outage())),
            (120, Line::GoesOn(TRUNK, outage())),
            (130, Line::IsOver(TRUNK, Duration::from_secs(130))),
        ];
        assert_eq!(lines, expected);
        assert!(!outages.any());
    }
}
