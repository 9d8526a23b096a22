//! What may be asked of a call in progress: by an API key, or by its agent's server with the call's
//! token.

use axum::{
    Form, Json, Router,
    extract::{FromRequestParts, Path, Request, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use campanile_agent::{Asked, Refused};
use campanile_engine::NotDone;
use campanile_rules::ids::WorkspaceId;
use campanile_service::fields::{self, Field};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{self, Operate},
        extract::{Document, MaybeDocument, Word},
        openapi::bodies::{CallDigits, CallHangUp, CallResult, CallTransfer},
        problem::{Answer, Code, Problem},
    },
};

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// What was done, in words.
    pub detail: String,
}

/// Whoever may ask something of a call.
pub struct OnCall(WorkspaceId);

/// A request that has the token of this call.
#[derive(Clone)]
struct HasToken {
    call_id: String,
    workspace: WorkspaceId,
}

impl<S: Send + Sync> FromRequestParts<S> for OnCall {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<OnCall, Problem> {
        if let Some(HasToken { call_id, workspace }) = parts.extensions.get::<HasToken>().cloned() {
            let mut segments = parts.uri.path().split('/');
            return match segments.any(|segment| segment == call_id) {
                true => Ok(OnCall(workspace)),
                false => Err(Problem::forbidden("The token is another call's.")),
            };
        }
        Operate::from_request_parts(parts, state)
            .await
            .map(|Operate(caller)| OnCall(caller.workspace))
    }
}

/// Middleware: lets in whoever has the token of the call in the path, and everybody whom
/// [`auth::authenticate`] lets in.
pub async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let call_id = request.uri().path().rsplit('/').nth(1).unwrap_or_default().to_owned();
    let token = request.headers().get(header::AUTHORIZATION).and_then(|sent| sent.to_str().ok());
    let token = token.and_then(|sent| sent.split_once(' ')).map(|(_, token)| token.trim());
    match token.and_then(|token| app.engine.admits(&call_id, token)) {
        Some(workspace) => {
            request.extensions_mut().insert(HasToken { call_id, workspace });
            next.run(request).await
        }
        None => auth::authenticate(State(app), request, next).await,
    }
}

#[derive(Deserialize)]
struct HangUp {
    #[serde(default)]
    at_once: bool,
}

/// Ends a call in progress. What the agent said is played first, for ten seconds at the most; a phone
/// that rings stops ringing.
#[utoipa::path(post, path = "/calls/{call_id}/hang-up", operation_id = "hang_up_call", tag = "Calls",
    params(("call_id" = String, Path, description = "The call's identity.")),
    request_body = CallHangUp,
    security(("key" = ["operate"])),
    responses((status = 200, description = "It ends.", body = Done),
        (status = 409, description = "It is not in progress.")))]
pub async fn hang_up(
    State(app): State<App>,
    OnCall(workspace): OnCall,
    Word(call_id): Word,
    MaybeDocument(body): MaybeDocument,
) -> Answer<Json<Done>> {
    let HangUp { at_once } = fields::read(body, fields::CALL_HANG_UP)?;
    ask(&app, (workspace, &call_id), Asked::HangUp { at_once }).await
}

/// Records a result of a call in progress; a later value takes the place of an earlier one.
#[utoipa::path(post, path = "/calls/{call_id}/results", operation_id = "record_call_result", tag = "Calls",
    params(("call_id" = String, Path, description = "The call's identity.")),
    request_body = CallResult,
    security(("key" = ["operate"])),
    responses((status = 200, description = "It is recorded.", body = Done),
        (status = 409, description = "The call is not in progress.")))]
pub async fn record(
    State(app): State<App>,
    OnCall(workspace): OnCall,
    Word(call_id): Word,
    Document(body): Document,
) -> Answer<Json<Done>> {
    use_tool(&app, (workspace, &call_id), ("record_result", fields::CALL_RESULT), body).await
}

/// Transfers a call in progress to one of the numbers that the agent's version allows.
#[utoipa::path(post, path = "/calls/{call_id}/transfer", operation_id = "transfer_call", tag = "Calls",
    params(("call_id" = String, Path, description = "The call's identity.")),
    request_body = CallTransfer,
    security(("key" = ["operate"])),
    responses((status = 200, description = "It is passed on.", body = Done),
        (status = 409, description = "The call is not in progress.")))]
pub async fn transfer(
    State(app): State<App>,
    OnCall(workspace): OnCall,
    Word(call_id): Word,
    Document(body): Document,
) -> Answer<Json<Done>> {
    use_tool(&app, (workspace, &call_id), ("transfer", fields::CALL_TRANSFER), body).await
}

/// Presses digits in a call in progress, after what the agent said.
#[utoipa::path(post, path = "/calls/{call_id}/digits", operation_id = "press_call_digits", tag = "Calls",
    params(("call_id" = String, Path, description = "The call's identity.")),
    request_body = CallDigits,
    security(("key" = ["operate"])),
    responses((status = 200, description = "They are pressed.", body = Done),
        (status = 409, description = "The call is not in progress.")))]
pub async fn press(
    State(app): State<App>,
    OnCall(workspace): OnCall,
    Word(call_id): Word,
    Document(body): Document,
) -> Answer<Json<Done>> {
    use_tool(&app, (workspace, &call_id), ("press_digits", fields::CALL_DIGITS), body).await
}

async fn use_tool(
    app: &App,
    call: (WorkspaceId, &str),
    (tool, table): (&'static str, &[Field]),
    body: Value,
) -> Answer<Json<Done>> {
    let arguments: Map<String, Value> = fields::read(body, table)?;
    ask(app, call, Asked::Use { tool, arguments }).await
}

async fn ask(
    app: &App,
    (workspace, call_id): (WorkspaceId, &str),
    what: Asked,
) -> Answer<Json<Done>> {
    match app.engine.ask(workspace, call_id, what).await {
        Ok(detail) => Ok(Json(Done { detail })),
        Err(NotDone::NotInProgress) => {
            // An unknown call is 404, and a call that is over is a conflict.
            app.store.call(workspace, call_id).await?;
            Err(Problem::new(Code::WrongState, "The call is over, or it has not begun."))
        }
        Err(NotDone::Refused(Refused::Mistake(words))) => {
            Err(Problem::new(Code::InvalidRequest, words))
        }
        Err(NotDone::Refused(refused @ (Refused::Unanswered | Refused::Transferring))) => {
            Err(Problem::new(Code::WrongState, refused.to_string()))
        }
        Err(error @ NotDone::Busy) => Err(Problem::unavailable(error.to_string())),
    }
}

/// The one route of Twilio's REST API that bots use: `POST …/Calls/{sid}.json` with
/// `Status=completed` ends a call after what was said. The password is the `auth_token` of the bot's
/// version or the call's token.
pub fn twilio() -> Router<App> {
    Router::new().route("/2010-04-01/Accounts/{account}/Calls/{call}", post(update))
}

#[derive(Deserialize)]
struct Update {
    #[serde(rename = "Status")]
    status: String,
}

async fn update(
    State(app): State<App>,
    Path((account, call)): Path<(String, String)>,
    headers: HeaderMap,
    form: Result<Form<Update>, FormRejection>,
) -> Response {
    let call = call.trim_end_matches(".json");
    let known = basic_password(&headers)
        .and_then(|password| app.engine.by_sids((&account, call), &password));
    let Some((call_id, workspace)) = known else {
        return refusal(StatusCode::UNAUTHORIZED, 20003, "Authenticate: no such call in progress");
    };
    if !form.is_ok_and(|Form(update)| update.status == "completed") {
        let words = "Only Status=completed is understood";
        return refusal(StatusCode::BAD_REQUEST, 21218, words);
    }
    match app.engine.ask(workspace, &call_id, Asked::HangUp { at_once: false }).await {
        Ok(_) => Json(json!({ "sid": call, "account_sid": account, "status": "completed" }))
            .into_response(),
        Err(error) => refusal(StatusCode::BAD_REQUEST, 21220, &error.to_string()),
    }
}

fn basic_password(headers: &HeaderMap) -> Option<String> {
    let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, sent) = sent.split_once(' ')?;
    let sent = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(sent.trim()))?.ok()?;
    let (_, password) = std::str::from_utf8(&sent).ok()?.split_once(':')?;
    Some(password.to_owned())
}

/// An error in the form of Twilio's REST API.
fn refusal(status: StatusCode, code: u32, message: &str) -> Response {
    let body = json!({ "code": code, "message": message, "status": status.as_u16() });
    (status, Json(body)).into_response()
}
