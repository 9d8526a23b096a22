//! Lists in responses.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// A list that is shown whole, because there are never many.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T> {
    /// The things.
    pub items: Vec<T>,
}

impl<T> Items<T> {
    /// Converts the records of the store to views.
    pub fn json<R>(records: Vec<R>) -> Json<Items<T>>
    where
        T: From<R>,
    {
        Json(Items { items: records.into_iter().map(T::from).collect() })
    }
}
