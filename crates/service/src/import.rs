//! Imports a file as a batch. The server and `campanile run` share this code.

use std::sync::Arc;

use campanile_files::{
    import::{ImportError, ImportOptions, Row, RowReader, Source},
    preflight::Preflight,
};
use campanile_rules::{agent::AgentVersion, batch::BatchState, ids::BatchId};
use campanile_store::{BatchRecord, NewBatch, NewRow, Registry, RowVerdict};
use tokio::{sync::mpsc, task::spawn_blocking};

use crate::Error;

/// Rows per chunk that the reader sends to the store.
const CHUNK_ROWS: usize = 2_000;

/// Chunks that may wait for the store. When the queue is full, the reader waits.
const CHUNKS_WAITING: usize = 2;

/// The parameters of an import.
pub struct Import {
    /// The batch. The import fills in its columns and mapping from the file and the options.
    pub batch: NewBatch,
    /// The options for reading the file.
    pub options: ImportOptions,
    /// The agent version, whose placeholders are compared with the columns.
    pub version: AgentVersion,
    /// Whether the batch starts, now or at `starts_at`. Otherwise it stays a draft.
    pub start: bool,
}

/// Imports a file as a batch, or ends and leaves nothing once `lost` is ready: whoever asked for it
/// may not any more. The caller must then tell the engine about the batch.
pub async fn import(
    store: &Arc<dyn Registry>,
    mut import: Import,
    source: Source,
    lost: impl Future<Output = ()>,
) -> Result<(BatchRecord, Preflight), Error> {
    let options = std::mem::take(&mut import.options);
    import.batch.mapping = options.mapping.clone();
    let opened = spawn_blocking(move || RowReader::open(source, options)).await;
    let reader = opened.map_err(|_| Error::CutShort)??;
    import.batch.columns = reader.columns().to_vec();
    let starts_at = import.batch.settings.starts_at;
    let id = store.begin_import(import.batch, store.now()).await?;
    let filled = async {
        let reader = fill(store, id, reader).await?;
        let preflight = reader.finish(Some(&import.version));
        match preflight.refused {
            Some(_) => Err(Error::Refused(Box::new(preflight))),
            None => Ok(preflight),
        }
    };
    let filled = tokio::select! {
        biased;
        () = lost => Err(Error::Ended),
        filled = filled => filled,
    };
    match filled {
        Ok(preflight) => {
            let state = match starts_at {
                _ if !import.start => BatchState::Draft,
                // This also holds if `starts_at` has passed meanwhile: a scheduled batch then
                // starts at once.
                Some(_) => BatchState::Scheduled,
                None => BatchState::Running,
            };
            match store.finish_import(id, state, store.now()).await {
                Ok(record) => Ok((record, preflight)),
                Err(error) => Err(abandoned(store, id, error.into()).await),
            }
        }
        Err(failure) => Err(abandoned(store, id, failure).await),
    }
}

/// Deletes the rows of a failed import. If the disk has trouble, a background task deletes them
/// once the store is writable again.
async fn abandoned(store: &Arc<dyn Registry>, id: BatchId, failure: Error) -> Error {
    match store.abandon_import(id).await {
        Ok(()) => failure,
        Err(error) if error.is_of_the_whole() => {
            let store = store.clone();
            tokio::spawn(async move {
                store.writable().await;
                if let Err(error) = store.abandon_import(id).await {
                    tracing::warn!(batch = %id, %error, "what a failed import left stays there");
                }
            });
            failure
        }
        Err(error) => error.into(),
    }
}

/// Reads the rows on a blocking thread while the store writes them. A refusal midway is recorded in
/// the reader's report.
async fn fill(
    store: &Arc<dyn Registry>,
    batch: BatchId,
    mut reader: RowReader,
) -> Result<RowReader, Error> {
    let (chunks, mut waiting) = mpsc::channel(CHUNKS_WAITING);
    let reading = spawn_blocking(move || {
        let phone = reader.phone_column();
        loop {
            let mut chunk = Vec::with_capacity(CHUNK_ROWS);
            let mut ended = true;
            for row in reader.by_ref() {
                match row {
                    Ok(row) => chunk.push(new_row(row, phone)),
                    Err(ImportError::Refused(_)) => return Ok(reader),
                    Err(ImportError::Read(error)) => return Err(Error::Read(error)),
                }
                if chunk.len() == CHUNK_ROWS {
                    ended = false;
                    break;
                }
            }
            if chunks.blocking_send(chunk).is_err() || ended {
                return Ok(reader);
            }
        }
    });
    while let Some(chunk) = waiting.recv().await {
        store.add_rows(batch, chunk).await?;
    }
    reading.await.map_err(|_| Error::CutShort)?
}

fn new_row(row: Row, phone: usize) -> NewRow {
    let verdict = match row.verdict {
        Ok(accepted) => RowVerdict::Accepted { number: accepted.number, zones: accepted.zones },
        Err(rejected) => RowVerdict::Rejected {
            reason: rejected.reason.as_str().to_owned(),
            cause: rejected.cause.map(|cause| cause.as_str().to_owned()),
            phone_cell: row.cells.get(phone).cloned().unwrap_or_default(),
        },
    };
    NewRow { position: row.position, cells: row.cells, verdict }
}
