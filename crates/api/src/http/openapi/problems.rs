//! The problems that many operations share, added to each operation that can return them.

use serde_json::{Map, Value, json};

use super::Operation;
use crate::http::problem::{Code, MEDIA_TYPE, Problem};

/// A shared problem with an example, and the operations that can return it.
struct Common {
    status: u16,
    name: &'static str,
    about: &'static str,
    applies: fn(&Operation<'_>) -> bool,
    example: fn() -> Problem,
}

const COMMON: &[Common] = &[
    Common {
        status: 400,
        name: "Unreadable",
        about: "The request cannot be read, or has a key in its address.",
        applies: |operation| operation.has_body() || operation.is_v1(),
        example: || Problem::unreadable("The body is not JSON: EOF while parsing an object."),
    },
    Common {
        status: 401,
        name: "Unauthorized",
        about: "The key is missing, unknown, wrong, revoked or expired.",
        applies: |operation| operation.is_v1(),
        example: || Problem::unauthorized("The key is unknown, wrong, revoked or expired."),
    },
    Common {
        status: 403,
        name: "Forbidden",
        about: "The key's scope does not allow it, or a page of another site asks with the cookie \
                of a session.",
        applies: |operation| {
            let strong = operation.scope().is_some_and(|scope| scope != "read");
            strong || (operation.needs_key() && operation.changes_something())
        },
        example: || Problem::forbidden("This needs a key of scope admin; yours has read."),
    },
    Common {
        status: 404,
        name: "NotFound",
        about: "There is no such thing in this workspace.",
        applies: |operation| operation.path.contains('{'),
        example: || Problem::not_found("There is no batch_99."),
    },
    Common {
        status: 409,
        name: "Conflict",
        about: "The request does not fit what is there, or its Idempotency-Key was used for \
                another one.",
        applies: |operation| operation.method == "post" && operation.needs_key(),
        example: || {
            let words = "This Idempotency-Key was used for another request; take a new one.";
            Problem::new(Code::IdempotencyKeyReused, words)
        },
    },
    Common {
        status: 413,
        name: "TooLarge",
        about: "The body is larger than allowed.",
        applies: |operation| operation.has_body(),
        example: || Problem::too_large("A JSON body may have 1048576 bytes."),
    },
    Common {
        status: 415,
        name: "UnsupportedMediaType",
        about: "The body is of another type.",
        applies: |operation| operation.has_body(),
        example: || {
            Problem::unsupported_media(
                "The body is of type \"text/plain\"; send JSON with Content-Type: \
                 application/json.",
            )
        },
    },
    Common {
        status: 422,
        name: "Invalid",
        about: "The request is not valid; errors has every mistake.",
        applies: |operation| operation.has_body() || operation.has_query(),
        example: || {
            let detail = "70000 is out of range; write a whole number from 1 to 65535";
            Problem::invalid(vec![campanile_service::fields::Mistake::new("/port", detail)])
        },
    },
    Common {
        status: 429,
        name: "TooManyRequests",
        about: "The key asks too often, or too many wrong keys came from this address; \
                Retry-After says when to come again. Answers have the RateLimit fields of \
                draft-ietf-httpapi-ratelimit-headers-10.",
        applies: |operation| operation.is_v1(),
        example: || {
            let detail = "A key may ask 50 times a second, and 100 times at once after a pause; \
                          wait and send the request again.";
            Problem::new(Code::TooManyRequests, detail)
        },
    },
    Common {
        status: 500,
        name: "Internal",
        about: "The server failed.",
        applies: |operation| operation.is_v1(),
        example: || {
            let detail = "Something failed on our side; the server's log says what.";
            Problem::new(Code::Internal, detail)
        },
    },
    Common {
        status: 503,
        name: "Unavailable",
        about: "The answer took too long.",
        applies: |operation| operation.is_v1(),
        example: || {
            Problem::unavailable(
                "The answer took longer than 60 s; it may have been done all the same. Trying \
                 again is safe with the same Idempotency-Key.",
            )
        },
    },
];

/// The shared responses, for the components of the document.
pub fn components() -> Map<String, Value> {
    let answer = |common: &Common| {
        json!({
            "description": common.about,
            "content": content(Some((common.example)().body())),
        })
    };
    COMMON.iter().map(|common| (common.name.to_owned(), answer(common))).collect()
}

/// The content of a problem response.
pub fn content(example: Option<Value>) -> Value {
    let mut content = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
    if let Some(example) = example {
        content["example"] = example;
    }
    json!({ MEDIA_TYPE: content })
}

/// The shared statuses of an operation, each with a reference to its response.
pub fn of(operation: &Operation<'_>) -> Vec<(u16, Value)> {
    let apply = COMMON.iter().filter(|common| (common.applies)(operation));
    let reference = |name| json!({"$ref": format!("#/components/responses/{name}")});
    apply.map(|common| (common.status, reference(common.name))).collect()
}
