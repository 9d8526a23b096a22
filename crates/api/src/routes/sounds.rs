//! `/v1/sounds`: WAV files that agents play instead of speaking. A version names a sound in place
//! of a text.

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use campanile_agent::speech::MAX_WAV_S;
use campanile_media::{SAMPLE_RATE, wav};
use campanile_rules::{
    ids::{AgentId, SoundId},
    template::is_wav,
    time::Timestamp,
};
use campanile_service::fields::{self, Mistake};
use campanile_store::{NewSound, SoundRecord, SoundUse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Admin, Caller, Read},
        extract::Id,
        idempotency::Repeats,
        openapi::{Binary, bodies::SoundFile},
        page::Items,
        problem::{Answer, Code, Problem},
        standing::Standing,
        upload::{self, Form, UploadedFile, Wanted},
    },
    routes::voices::audio,
};

/// The largest upload, in bytes: two minutes of CD audio or an hour of telephone audio.
const MAX_FILE_BYTES: u64 = 25 << 20;

/// The longest name, in characters.
const MAX_NAME: usize = 100;

/// A sound as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct SoundView {
    /// Its identity.
    pub id: SoundId,
    /// What a version writes to have it played; it ends in `.wav`.
    pub name: String,
    /// How long it is, in seconds.
    pub duration_s: f64,
    /// How large it is as it is kept.
    pub bytes: u64,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// Versions that play it; while there is one it cannot be deleted.
    pub used_by: Vec<SoundUseView>,
}

/// A version that plays a sound.
#[derive(Debug, Serialize, ToSchema)]
pub struct SoundUseView {
    /// Which agent.
    pub agent_id: AgentId,
    /// Its name.
    pub agent_name: String,
    /// Which version of it.
    pub version: u32,
    /// `draft` or `published`.
    pub status: &'static str,
}

impl SoundView {
    fn new(record: SoundRecord, uses: &[(String, SoundUse)]) -> SoundView {
        let uses = uses.iter().filter(|(name, _)| *name == record.name);
        SoundView {
            id: record.id,
            duration_s: record.duration_ms as f64 / 1_000.0,
            bytes: record.bytes,
            created_at: record.created_at,
            used_by: uses.map(|(_, one)| SoundUseView::from(one)).collect(),
            name: record.name,
        }
    }
}

impl From<&SoundUse> for SoundUseView {
    fn from(one: &SoundUse) -> SoundUseView {
        SoundUseView {
            agent_id: one.agent,
            agent_name: one.agent_name.clone(),
            version: one.version,
            status: if one.published { "published" } else { "draft" },
        }
    }
}

/// The fields beside the file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SoundForm {
    name: Option<String>,
}

/// Lists the sounds of the workspace, by name.
#[utoipa::path(get, path = "/sounds", operation_id = "list_sounds", tag = "Agents",
    security(("key" = ["read"])),
    responses((status = 200, description = "All of them.", body = Items<SoundView>)))]
pub async fn list(State(app): State<App>, Read(caller): Read) -> Answer<Json<Items<SoundView>>> {
    let sounds = app.store.list_sounds(caller.workspace).await?;
    let uses = app.store.uses_of_sounds(caller.workspace).await?;
    let items = sounds.into_iter().map(|sound| SoundView::new(sound, &uses)).collect();
    Ok(Json(Items { items }))
}

/// Takes a WAV file: 8, 16, 24 or 32 bit PCM, float or G.711, at any rate, up to five minutes. It
/// is kept as it sounds on a telephone: 8 kHz, mono, 16 bit.
#[utoipa::path(post, path = "/sounds", operation_id = "upload_sound", tag = "Agents",
    request_body(content = SoundFile, content_type = "multipart/form-data"),
    security(("key" = ["admin"])),
    responses((status = 201, description = "Kept.", body = SoundView),
        (status = 409, description = "There is one of this name, or there are as many as may be."),
        (status = 422, description = "The form is not valid, or the file is no sound.")))]
pub async fn upload(
    State(app): State<App>,
    Admin(caller): Admin,
    repeats: Repeats,
    request: Request,
) -> Answer<Response> {
    let wanted = Wanted {
        advice: "send a WAV file",
        max_bytes: MAX_FILE_BYTES,
        smaller: "convert it to 8 kHz mono, as it sounds on a telephone, or cut it",
    };
    let table = (fields::SOUND_FILE, wanted);
    let form = upload::receive_file((&app, &caller), request, table).await?;
    let print = form.print;
    let act = |app: App, caller: Caller| async move {
        let kept = keep(&app, &caller, form).await;
        kept.map(|made| (StatusCode::CREATED, Json(made))).into_response()
    };
    repeats.answer((app, caller), print, act).await
}

async fn keep(app: &App, caller: &Caller, form: Form) -> Answer<SoundView> {
    let place = form.place.clone();
    let (document, uploaded) = form.file(fields::SOUND_FILE)?;
    let SoundForm { name } = fields::into_type(document)?;
    let name = match name {
        Some(name) => name.trim().to_owned(),
        None => name_of(&uploaded.name),
    };
    check_name(&name)?;
    if app.speech.has_file(&name) {
        let detail = format!("The operator's directory of sounds has a {name:?}; choose another.");
        return Err(Problem::new(Code::Conflict, detail));
    }
    let standing = Standing::of(app, caller);
    let turn = standing.hold(place.turn()).await?;
    let sound = read(uploaded).await?;
    drop(turn);
    let duration_ms = (sound.len() as u64 * 1_000).div_ceil(u64::from(SAMPLE_RATE));
    let new = NewSound { name: name.clone(), duration_ms, wav: wav::bytes(&sound) };
    let made = app
        .creating(caller, "/v1/sounds")
        .store
        .add_sound(caller.workspace, new, app.store.now())
        .await?;
    app.speech.forget(caller.workspace, &name);
    Ok(SoundView::new(made, &app.store.uses_of_sounds(caller.workspace).await?))
}

/// Decodes a file to 8 kHz mono.
async fn read(uploaded: UploadedFile) -> Answer<Vec<i16>> {
    let reading = move || {
        let source = std::io::BufReader::new(uploaded.content);
        wav::read_from(source, MAX_WAV_S)
    };
    let sound = tokio::task::spawn_blocking(reading).await.map_err(Problem::internal)?;
    let wrong = |detail: String| Problem::invalid(vec![Mistake::new("/file", detail)]);
    match sound {
        Ok(sound) if sound.is_empty() => Err(wrong("has no sound in it".to_owned())),
        Ok(sound) => Ok(sound),
        Err(wav::WavError::Io(error)) => Err(Problem::of_file(&error)),
        Err(error) => Err(wrong(format!("cannot be played: {error}"))),
    }
}

/// The default name of a sound: the file name without folders.
fn name_of(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let is_fine = |c: &char| !c.is_control() && !matches!(c, '{' | '}');
    let mut name: String = name.chars().filter(is_fine).take(MAX_NAME - 4).collect();
    if !is_wav(&name) {
        name.push_str(".wav");
    }
    name
}

fn check_name(name: &str) -> Answer<()> {
    let is_bad = |c: char| c.is_control() || matches!(c, '/' | '\\' | '{' | '}');
    let wrong = if !is_wav(name) {
        "does not end in .wav, which tells sounds from texts"
    } else if name.chars().count() > MAX_NAME {
        "is longer than 100 characters"
    } else if name.starts_with('.') || name.contains(is_bad) {
        "cannot be the name of a sound; leave out / \\ { } and a full stop in front"
    } else {
        return Ok(());
    };
    Err(Problem::invalid(vec![Mistake::new("/name", wrong)]))
}

/// Shows a sound.
#[utoipa::path(get, path = "/sounds/{id}", operation_id = "show_sound", tag = "Agents",
    params(Id<SoundId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The sound.", body = SoundView)))]
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<SoundId>,
) -> Answer<Json<SoundView>> {
    let sound = app.store.sound(caller.workspace, id).await?;
    Ok(Json(SoundView::new(sound, &app.store.uses_of_sounds(caller.workspace).await?)))
}

/// The sound itself: a WAV file, 8 kHz, mono, 16 bit.
#[utoipa::path(get, path = "/sounds/{id}/sound.wav", operation_id = "play_sound", tag = "Agents",
    params(Id<SoundId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "All of it.", content_type = "audio/wav", body = inline(Binary))))]
pub async fn play(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<SoundId>,
) -> Answer<Response> {
    Ok(audio(app.store.sound_wav(caller.workspace, id).await?))
}

/// Deletes a sound that no version of an agent plays.
#[utoipa::path(delete, path = "/sounds/{id}", operation_id = "delete_sound", tag = "Agents",
    params(Id<SoundId>),
    security(("key" = ["admin"])),
    responses((status = 204, description = "It is gone."),
        (status = 409, description = "A draft or a published version plays it; the detail names it.")))]
pub async fn remove(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<SoundId>,
) -> Answer<StatusCode> {
    let gone = app.by(&caller).store.remove_sound(caller.workspace, id).await?;
    app.speech.forget(caller.workspace, &gone.name);
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_is_called_as_its_file_without_folders() {
        for (file, name) in [
            ("welcome.wav", "welcome.wav"),
            ("C:\\sounds\\Welcome.WAV", "Welcome.WAV"),
            ("../../{x}.wav", "x.wav"),
            ("greeting", "greeting.wav"),
        ] {
            assert_eq!(name_of(file), name);
            assert!(check_name(name).is_ok(), "{name}");
        }
        let long = format!("{}.wav", "a".repeat(97));
        for name in ["", ".wav", "a/b.wav", "..wav", "hello", "{{x}}.wav", long.as_str()] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name(&name_of("")).is_err());
    }
}
