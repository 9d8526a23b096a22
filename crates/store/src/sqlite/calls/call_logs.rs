//! Logs of calls, stored beside the attempts: transcripts, SIP messages, recordings.

use campanile_rules::{
    ids::{AttemptId, BatchId},
    ladder::Ladder,
};
use rusqlite::{Connection, Row, params, types::Type};
use serde::Serialize;

use crate::sqlite::{batches::conversations::Counts, db::decode};
use crate::{CallLog, Recording, StoreError};

/// A call's log in stored form. It is packed before the writer's turn, to keep the writer free.
pub(crate) struct PackedLog {
    /// The columns of its transcript; none when nothing was said and done.
    transcript: Option<Columns>,
    latencies: Counts,
    ladder: Option<Vec<u8>>,
    recording: Option<Recording>,
}

struct Columns {
    utterances: String,
    latencies: Option<String>,
    actions: Option<String>,
}

fn unless_empty<T: Serialize>(list: &[T]) -> Result<Option<String>, StoreError> {
    (!list.is_empty()).then(|| decode::to_json(&list)).transpose()
}

impl PackedLog {
    pub(crate) fn new(log: CallLog) -> Result<PackedLog, StoreError> {
        let CallLog { transcript, latencies, actions, ladder, recording } = log;
        let is_empty = transcript.is_empty() && latencies.is_empty() && actions.is_empty();
        let counts = Counts::of(&latencies);
        let transcript = match is_empty {
            true => None,
            false => Some(Columns {
                utterances: decode::to_json(&transcript)?,
                latencies: unless_empty(&latencies)?,
                actions: unless_empty(&actions)?,
            }),
        };
        let ladder = match ladder == Ladder::default() {
            true => None,
            false => Some(pack(&ladder)?),
        };
        Ok(PackedLog { transcript, latencies: counts, ladder, recording })
    }

    pub(crate) fn insert(
        &self,
        connection: &Connection,
        (batch, attempt): (BatchId, AttemptId),
    ) -> Result<(), StoreError> {
        if let Some(Columns { utterances, latencies, actions }) = &self.transcript {
            let sql = "INSERT INTO transcripts (attempt, utterances, latencies, actions)
                       VALUES (?1, ?2, ?3, ?4)";
            let row = params![attempt.0, utterances, latencies, actions];
            connection.prepare_cached(sql)?.execute(row)?;
        }
        self.latencies.add(connection, batch)?;
        if let Some(ladder) = &self.ladder {
            let sql = "INSERT INTO ladders (attempt, packed) VALUES (?1, ?2)";
            connection.prepare_cached(sql)?.execute(params![attempt.0, ladder])?;
        }
        if let Some(Recording { file, duration_ms, lost_ms, lost_reason }) = &self.recording {
            let sql = "INSERT INTO recordings (attempt, file, duration_ms, lost_ms, lost_reason)
                       VALUES (?1, ?2, ?3, ?4, ?5)";
            let lengths = (*duration_ms as i64, *lost_ms as i64);
            let row = params![attempt.0, file, lengths.0, lengths.1, lost_reason];
            connection.prepare_cached(sql)?.execute(row)?;
        }
        Ok(())
    }
}

/// The headers of a call's messages repeat each other, so LZ4 halves them in a few microseconds:
/// one database page holds three calls instead of one.
fn pack(ladder: &Ladder) -> Result<Vec<u8>, StoreError> {
    Ok(lz4_flex::compress_prepend_size(decode::to_json(ladder)?.as_bytes()))
}

/// The SIP messages in the column `packed`; none when it is NULL.
pub(crate) fn ladder(row: &Row<'_>) -> rusqlite::Result<Ladder> {
    let Some(packed) = row.get_ref("packed")?.as_blob_or_null()? else {
        return Ok(Ladder::default());
    };
    let corrupt = |error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, error)
    };
    let json = lz4_flex::decompress_size_prepended(packed).map_err(|e| corrupt(e.into()))?;
    serde_json::from_slice(&json).map_err(|e| corrupt(e.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use campanile_rules::{ladder::LadderMessage, time::Timestamp};

    #[test]
    fn packed_messages_are_half_as_long_and_the_same() {
        let head = "Via: SIP/2.0/UDP 192.0.2.9:15060;branch=z9hG4bK93f1c6a4c7c8a90e;rport\n\
                    From: <sip:+14155550100@sip.example.com>;tag=5a0c1f3bb3a4fa10\n\
                    To: <sip:+14155550101@sip.example.com>;tag=9f2d\n\
                    Call-ID: 00f1a2b3c4d5e6f7-1042\nCSeq: 1 INVITE\nContent-Length: 0\n\n";
        let message = |start: &str| LadderMessage {
            at: Timestamp(1_750_000_000_000_000),
            sent: start.starts_with('I'),
            repeats: 0,
            text: format!("{start}\n{head}"),
        };
        let lines = ["INVITE sip:a SIP/2.0", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"];
        let ladder = Ladder { messages: lines.map(message).to_vec(), left_out: 2 };
        let packed = pack(&ladder).unwrap();
        assert!(packed.len() * 2 < decode::to_json(&ladder).unwrap().len());
        let connection = Connection::open_in_memory().unwrap();
        let read = |packed: Option<Vec<u8>>| {
            connection.query_row("SELECT ?1 AS packed", [packed], super::ladder)
        };
        assert_eq!(read(Some(packed)).unwrap(), ladder);
        assert_eq!(read(None).unwrap(), Ladder::default());
        assert!(read(Some(b"garbage".to_vec())).is_err());
    }
}
