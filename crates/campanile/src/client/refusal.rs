//! Errors of API requests.

use std::fmt;

use campanile_service::fields::Mistake;
use serde_json::Value;
use ureq::http::StatusCode;

/// The problem that the server answered (RFC 9457).
#[derive(Debug)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// The code of the problem. Empty if the server sent none.
    pub code: String,
    /// What happened, to what, and what to do.
    pub detail: String,
    /// Each mistake of the request and where it is.
    pub mistakes: Vec<Mistake>,
    /// The user's names for the JSON pointers of mistakes.
    names: Vec<(String, String)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, body: &str) -> Refusal {
        let problem: Value = serde_json::from_str(body).unwrap_or_default();
        let word = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        let mistake = |told: &Value| {
            Mistake::new(
                told["pointer"].as_str().unwrap_or_default(),
                told["detail"].as_str().unwrap_or_default(),
            )
        };
        let errors = problem["errors"].as_array().into_iter().flatten();
        let detail = Some(word("detail")).filter(|detail| !detail.is_empty());
        Refusal {
            detail: detail.unwrap_or_else(|| format!("the server answered {status}")),
            code: word("code"),
            mistakes: errors.map(mistake).collect(),
            status,
            names: Vec::new(),
        }
    }

    /// Whether the API key does not allow the request.
    pub fn is_of_the_key(&self) -> bool {
        matches!(self.status.as_u16(), 401 | 403)
    }

    /// Whether the request itself is wrong, so that repeating it cannot help.
    pub fn is_of_the_user(&self) -> bool {
        self.code == "invalid_request" || self.code == "unreadable"
    }

    /// The refusal among the causes of an error, if there is one.
    pub fn of(error: &anyhow::Error) -> Option<&Refusal> {
        error.chain().find_map(|cause| cause.downcast_ref())
    }

    /// Names the mistakes of an error as the user wrote them. `names` are pairs of JSON pointer and
    /// name.
    pub fn named(mut error: anyhow::Error, names: &[(&str, &str)]) -> anyhow::Error {
        if let Some(refusal) = error.downcast_mut::<Refusal>() {
            let owned = names.iter().map(|(pointer, name)| ((*pointer).into(), (*name).into()));
            refusal.names.extend(owned);
        }
        error
    }

    /// The name of a JSON pointer: that of its longest named prefix, or else its keys joined as in
    /// a file.
    fn place(&self, pointer: &str) -> String {
        let is_at = |known: &str| {
            pointer.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let named = self.names.iter().filter(|(known, _)| is_at(known));
        match named.max_by_key(|(known, _)| known.len()) {
            Some((_, name)) => name.clone(),
            None => pointer.trim_start_matches('/').replace('/', "."),
        }
    }
}

impl Refusal {
    /// Writes the detail, and below it the mistakes that the detail does not contain.
    fn write_each(&self, f: &mut fmt::Formatter<'_>, mistakes: &[Mistake]) -> fmt::Result {
        f.write_str(&self.detail)?;
        for mistake in mistakes {
            let place = self.place(&mistake.pointer);
            if self.detail.contains(&mistake.detail) && self.detail.contains(&place) {
                continue;
            }
            match place.is_empty() {
                true => write!(f, "\n  {}", mistake.detail)?,
                false => write!(f, "\n  {place}: {}", mistake.detail)?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by_pointer = |one: &Mistake| {
            self.detail == format!("{}: {}", one.pointer.trim_start_matches('/'), one.detail)
        };
        match self.mistakes.as_slice() {
            // The detail is the mistake under the server's name for its place. Print it once, under
            // the user's name.
            [one] if by_pointer(one) => write!(f, "{}: {}", self.place(&one.pointer), one.detail)?,
            mistakes => self.write_each(f, mistakes)?,
        }
        match self.status.as_u16() {
            401 => f.write_str(
                " CAMPANILE_API_KEY or --api-key says which key is sent; campanile key create, on \
                 the machine of the server, makes one.",
            ),
            403 => f.write_str(" CAMPANILE_API_KEY or --api-key says which key is sent."),
            _ => Ok(()),
        }
    }
}

/// No Campanile server answered.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Away(String);

impl Away {
    pub(super) fn silent(base: &str, error: &ureq::Error) -> Away {
        Away(format!(
            "no answer from {base} ({error}); is the server running there (campanile serve)? \
             CAMPANILE_URL or --url says where it is"
        ))
    }

    pub(super) fn broken(base: &str, error: &ureq::Error) -> Away {
        Away(format!("the answer of {base} broke off ({error}); try again"))
    }

    pub(super) fn stranger(base: &str) -> Away {
        Away(format!(
            "what answers at {base} is no Campanile server; CAMPANILE_URL or --url says where \
             yours is"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> anyhow::Error {
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, body).into()
    }

    #[test]
    fn a_mistake_is_told_by_what_the_user_wrote() {
        let body = r#"{"code": "invalid_request", "detail": "Not valid.", "errors": [
            {"pointer": "/from_number", "detail": "is unknown"},
            {"pointer": "/calling_hours/days/1", "detail": "is no day"},
            {"pointer": "/codecs/0", "detail": "is unknown"}]}"#;
        let names = [("/from_number", "--from"), ("/calling_hours", "--calling-hours")];
        let told = Refusal::named(
            refusal(body),
            &[&names[..], &[("/calling_hours/days", "--days")]].concat(),
        );
        assert_eq!(
            told.to_string(),
            "Not valid.\n  --from: is unknown\n  --days: is no day\n  codecs.0: is unknown"
        );
    }

    #[test]
    fn a_single_mistake_is_told_once() {
        let body = r#"{"code": "invalid_request", "detail": "voice: has no --voices",
            "errors": [{"pointer": "/voice", "detail": "has no --voices"}]}"#;
        let told = Refusal::named(refusal(body), &[("/voice", "--voice")]);
        assert_eq!(told.to_string(), "--voice: has no --voices");
        assert_eq!(refusal(body).to_string(), "voice: has no --voices");
    }

    #[test]
    fn what_is_no_problem_is_told_by_its_status() {
        let told = Refusal::new(StatusCode::BAD_GATEWAY, "<html>");
        assert_eq!(told.to_string(), "the server answered 502 Bad Gateway");
    }
}
