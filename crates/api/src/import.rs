//! A file becomes a batch: the one way, for the server and for `campanile run`.

use campanile_rules::{
    agent::AgentVersion,
    batch::BatchState,
    ids::BatchId,
    import::{ImportError, ImportOptions, Row, RowReader, Source},
    preflight::Preflight,
};
use campanile_store::{BatchRecord, NewBatch, NewRow, RowVerdict, SqliteStore, StoreError};
use tokio::{sync::mpsc, task::spawn_blocking};

use crate::{app::now, problem::Problem, standing::Standing};

/// Rows that travel together from the reader to the store.
const CHUNK_ROWS: usize = 2_000;

/// Chunks that wait for the store; a faster reader waits too.
const CHUNKS_WAITING: usize = 2;

/// A file to make a batch of.
pub struct Import {
    /// The batch; its columns, and which is what, are filled in from the file and its options.
    pub batch: NewBatch,
    /// How to read the file.
    pub options: ImportOptions,
    /// The version that talks, to compare its placeholders with the columns.
    pub version: AgentVersion,
    /// Whether it starts, now or at its `starts_at`; otherwise it is a draft.
    pub start: bool,
    /// By what right it goes on.
    pub standing: Standing,
}

/// Why no batch was made of a file. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// The file cannot be a batch; the report says why.
    #[error("{}", .0.refused.as_ref().map_or("the file was refused", |refused| &refused.detail))]
    Refused(Box<Preflight>),
    /// The file could not be read to its end.
    #[error("the file could not be read: {0}")]
    Read(std::io::Error),
    /// The store could not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whoever asked for it may do so no longer.
    #[error("the import was ended")]
    Ended(Problem),
    /// The work was cut short, for example by a shutdown.
    #[error("the import was cut short")]
    CutShort,
}

/// Makes a batch of a file. Afterwards the engine must be told of it.
pub async fn import(
    store: &SqliteStore,
    mut import: Import,
    source: Source,
) -> Result<(BatchRecord, Preflight), ImportFailure> {
    let options = std::mem::take(&mut import.options);
    import.batch.mapping = options.mapping.clone();
    let opened = spawn_blocking(move || RowReader::open(source, options)).await;
    let reader = opened.map_err(|_| ImportFailure::CutShort)?.map_err(|error| match error {
        ImportError::Refused(refusal) => ImportFailure::Refused(Box::new(refusal.into())),
        ImportError::Read(error) => ImportFailure::Read(error),
    })?;
    import.batch.columns = reader.columns().to_vec();
    let starts_at = import.batch.settings.starts_at;
    let id = store.begin_import(import.batch, now()).await?;
    let filled = async {
        let reader = fill(store, id, reader).await?;
        let preflight = reader.finish(Some(&import.version));
        match preflight.refused {
            Some(_) => Err(ImportFailure::Refused(Box::new(preflight))),
            None => Ok(preflight),
        }
    };
    match import.standing.hold(filled).await.map_err(ImportFailure::Ended).flatten() {
        Ok(preflight) => {
            let state = match starts_at {
                _ if !import.start => BatchState::Draft,
                // Also when its time has come meanwhile: then it begins at once.
                Some(_) => BatchState::Scheduled,
                None => BatchState::Running,
            };
            match store.finish_import(id, state, now()).await {
                Ok(record) => Ok((record, preflight)),
                Err(error) => Err(abandoned(store, id, error.into()).await),
            }
        }
        Err(failure) => Err(abandoned(store, id, failure).await),
    }
}

/// Forgets what was taken of a batch that failed; meanwhile, as soon as the disk lets it.
async fn abandoned(store: &SqliteStore, id: BatchId, failure: ImportFailure) -> ImportFailure {
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

/// Reads all rows on a thread of its own while the store takes them. A refusal in the middle is
/// part of the reader's report.
async fn fill(
    store: &SqliteStore,
    batch: BatchId,
    mut reader: RowReader,
) -> Result<RowReader, ImportFailure> {
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
                    Err(ImportError::Read(error)) => return Err(ImportFailure::Read(error)),
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
    reading.await.map_err(|_| ImportFailure::CutShort)?
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
