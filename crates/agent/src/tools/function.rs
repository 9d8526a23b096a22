//! Functions of the user's own: Campanile posts the arguments, and the answer is for the model.

use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use campanile_rules::agent::{HttpTool, Secret};
use serde_json::{Map, Value, json};

use crate::wire::{self, Http, HttpError, Limits};

/// The longest answer of a function, in bytes.
pub(super) const MAX_ANSWER: usize = 64 << 10;

/// How much of an error's text the model gets, in characters.
const MAX_ERROR_CHARS: usize = 500;

/// The longest time that a function may take, whatever the version says.
const WITHIN_S: u32 = 60;

/// Sends HTTP requests to the servers of agents.
#[async_trait]
pub trait Post: Send + Sync {
    /// Sends JSON by POST and reads the whole answer, of at most `max_bytes`. Follows no redirects.
    /// The error says what went wrong, without more of the URL than its host.
    async fn post_json(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: String,
        max_bytes: usize,
    ) -> Result<Posted, String>;
}

#[async_trait]
impl Post for Http {
    async fn post_json(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: String,
        max_bytes: usize,
    ) -> Result<Posted, String> {
        let mut request = wire::Request::post(url.to_owned(), "application/json", body);
        for (name, value) in headers {
            request = request.header(name, Secret::new(value));
        }
        let within = Duration::from_secs(WITHIN_S.into());
        let limits = Limits { first: within, next: within, max: max_bytes };
        let read = async {
            let mut answer = self.send(&request, limits).await?;
            let mut body = BytesMut::new();
            while let Some(piece) = answer.next().await? {
                body.extend_from_slice(&piece);
            }
            Ok(Posted { status: answer.status().as_u16(), body: body.freeze() })
        };
        match read.await {
            Ok(posted) => Ok(posted),
            Err(HttpError::Status { status, said, .. }) => Ok(Posted { status, body: said.into() }),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The answer to a POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// A function that is called with these arguments in a call.
pub(super) struct Request {
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    within: Duration,
}

impl Request {
    pub fn new(function: &HttpTool, call_id: &str, arguments: &Map<String, Value>) -> Request {
        let body = json!({"call_id": call_id, "name": function.name, "arguments": arguments});
        let headers = function.headers.iter();
        Request {
            url: function.url.clone(),
            headers: headers
                .map(|(name, value)| (name.clone(), value.reveal().to_owned()))
                .collect(),
            body: body.to_string(),
            within: Duration::from_secs(function.timeout_s.clamp(1, WITHIN_S).into()),
        }
    }

    /// Returns what the model is told. It always returns within the function's time.
    pub async fn send(self, post: &dyn Post) -> String {
        let posted = post.post_json(&self.url, &self.headers, self.body, MAX_ANSWER);
        match tokio::time::timeout(self.within, posted).await {
            Ok(Ok(Posted { status: 200..=299, body })) => {
                String::from_utf8_lossy(&body).into_owned()
            }
            Ok(Ok(Posted { status, body })) => {
                let body = String::from_utf8_lossy(&body);
                let body: String = body.chars().take(MAX_ERROR_CHARS).collect();
                format!("The function failed with HTTP status {status}. {body}")
                    .trim_end()
                    .to_owned()
            }
            Ok(Err(cause)) => format!("The function cannot be called: {cause}."),
            Err(_) => {
                format!("The function did not answer within {} s.", self.within.as_secs())
            }
        }
    }
}
