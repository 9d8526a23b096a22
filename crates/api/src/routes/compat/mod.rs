//! `/compat/dialnexa`: the API that the Python package `dialnexa` 0.1.1 calls. It calls the
//! functions behind `/v1` and answers in the package's shapes (docs/dialnexa.md). It has no rules
//! of its own. It is not in the OpenAPI document, because the package is its contract.

mod agents;
mod batches;
mod calls;
mod catalogue;

use axum::{
    Router,
    routing::{get, post},
};
use campanile_service::fields::{Field, Kind};
use serde::Serialize;
use serde_json::Value;

use crate::{
    app::App,
    http::{code::Code, problem::Problem},
};

/// All routes of this API.
pub fn router() -> Router<App> {
    Router::new()
        .route("/agents2", get(agents::list).post(agents::create))
        .route("/agents2/{id}", get(agents::show).patch(agents::edit))
        .route("/batch-calls", post(batches::create))
        .route("/calls", get(calls::list).post(calls::create))
        .route("/calls/{id}", get(calls::show))
        .route("/languages", get(catalogue::languages))
        .route("/languages/{id}", get(catalogue::language))
        .route("/llms", get(catalogue::llms))
        .route("/llms/{id}", get(catalogue::llm))
        .route("/voices", get(catalogue::voices))
        .route("/voices/{id}", get(catalogue::voice))
}

/// The envelope of a single object.
#[derive(Debug, Serialize)]
struct Data<T> {
    data: T,
}

/// The envelope of a page.
#[derive(Debug, Serialize)]
struct Page<T> {
    data: Vec<T>,
    meta: Meta,
}

/// The paging data of a page.
#[derive(Debug, Serialize)]
struct Meta {
    page: u32,
    limit: u32,
    total: u32,
    #[serde(rename = "totalPages")]
    total_pages: u32,
}

impl<T> Page<T> {
    fn new(data: Vec<T>, (page, limit): (u32, u32), total: u32) -> Page<T> {
        Page { data, meta: Meta { page, limit, total, total_pages: total.div_ceil(limit) } }
    }

    /// Cuts a page out of a complete list.
    fn of(all: Vec<T>, (page, limit): (u32, u32)) -> Page<T> {
        let total = all.len() as u32;
        let before = (page - 1).saturating_mul(limit) as usize;
        let data = all.into_iter().skip(before).take(limit as usize).collect();
        Page::new(data, (page, limit), total)
    }
}

/// The parameters of every list.
const PAGE: Field = Field::new("page", Kind::Integer(1, 1_000_000)).about("The page, from 1.");
const LIMIT: Field = Field::new("limit", Kind::Integer(1, 100)).about("Things on a page.");

/// The problem for a request of the package that Campanile does not support.
fn unsupported(detail: &str) -> Problem {
    Problem::new(Code::NotSupported, detail)
}

/// A nested member of an object. `null` if it is missing.
fn member<'a>(body: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(body, |value, name| &value[*name])
}
