//! `/batch-calls`: a batch from a file, a title and an agent. The caller ID is the workspace's
//! default.

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
};
use campanile_rules::{
    batch::BatchState,
    ids::{AgentId, BatchId},
    time::Timestamp,
};
use campanile_service::fields::{self, Field, Kind, Mistake};
use serde::Serialize;
use serde_json::Value;

use crate::{
    app::App,
    http::{
        auth::Operate,
        problem::{Answer, Problem},
        upload,
    },
    routes::batches::{BatchView, create::make},
};

/// The package's form besides the file.
const FORM: &[Field] = &[
    Field::required("title", Kind::Text(800)),
    Field::required("agent_id", Kind::Text(40)),
    Field::required("agent_version_number", Kind::Integer(0, 1_000_000)),
];

/// Our JSON pointers and the package's names for them.
const NAMES: &[(&str, &str)] = &[("/name", "/title"), ("/agent_version", "/agent_version_number")];

/// A batch in the package's shape.
#[derive(Debug, Serialize)]
pub struct Batch {
    id: BatchId,
    batch_call_id: BatchId,
    name: String,
    title: String,
    status: BatchState,
    agent_id: AgentId,
    agent_version_number: u32,
    total_leads: u64,
    completed: u64,
    failed: u64,
    created_at: Timestamp,
}

impl From<BatchView> for Batch {
    fn from(batch: BatchView) -> Batch {
        Batch {
            id: batch.id,
            batch_call_id: batch.id,
            name: batch.name.clone(),
            title: batch.name,
            status: batch.status,
            agent_id: batch.agent_id,
            agent_version_number: batch.agent_version,
            total_leads: batch.progress.total,
            completed: batch.progress.completed,
            failed: batch.progress.failed,
            created_at: batch.created_at,
        }
    }
}

/// Creates a batch and starts it.
pub async fn create(
    State(app): State<App>,
    Operate(caller): Operate,
    request: Request,
) -> Answer<(StatusCode, Json<Batch>)> {
    let app = app.by(&caller);
    let mut form = upload::receive((&app, &caller), request, FORM).await?;
    form.mistakes.extend(fields::check(&form.document, FORM));
    if !form.mistakes.is_empty() {
        return Err(Problem::invalid(form.mistakes));
    }
    let from = app.store.default_phone_number(caller.workspace).await?.ok_or_else(|| {
        let detail = "the workspace has no phone number to call from; add one with \
                      POST /v1/phone-numbers";
        Problem::invalid(vec![Mistake::new("/from_number", detail)])
    })?;
    form.document = ours(&form.document, from.to_string());
    // The task runs to its end even if the client disconnects.
    let made = tokio::spawn(async move { make(&app, &caller, form).await });
    let made = made.await.map_err(Problem::internal)?;
    let (status, Json(batch)) = made.map_err(|problem| problem.renamed(NAMES))?;
    Ok((status, Json(batch.into())))
}

/// Converts the package's form to ours. Version 0 means the newest.
fn ours(form: &Value, from_number: String) -> Value {
    let mut document = serde_json::json!({
        "name": form["title"], "agent_id": form["agent_id"], "from_number": from_number,
    });
    if form["agent_version_number"] != 0 {
        document["agent_version"] = form["agent_version_number"].clone();
    }
    document
}
