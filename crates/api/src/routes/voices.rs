//! `/v1/voices`: the languages and voices of agents, and previews.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use campanile_agent::{SpeechError, Voice};
use campanile_media::wav;
use campanile_service::fields::{Field, Kind, Mistake};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Read,
        extract::{Asked, Query},
        openapi::Binary,
        problem::{Answer, Problem},
    },
};

/// The longest text of a preview, in characters.
const MAX_PREVIEW: usize = 1_000;

/// Everything that agents of this server can speak with.
#[derive(Debug, Serialize, ToSchema)]
pub struct VoiceList {
    /// Languages and dialects, for `language`; by itself each is a `voice`, too.
    pub languages: Vec<LanguageView>,
    /// Variants of every voice: `voice` is a language, a plus and a variant, such as `en-us+f3`.
    pub variants: Vec<VariantView>,
}

/// A language that can be spoken.
#[derive(Debug, Serialize, ToSchema)]
pub struct LanguageView {
    /// Its tag, in small letters, such as `en-gb`.
    pub language: String,
    /// Its name in English.
    pub name: String,
}

/// A variant of every voice.
#[derive(Debug, Serialize, ToSchema)]
pub struct VariantView {
    /// What stands after the plus, such as `f3`.
    pub variant: String,
    /// Its name.
    pub name: String,
    /// `female` or `male`, as the program has it.
    pub gender: &'static str,
}

/// What to speak.
#[derive(Debug, Deserialize)]
pub struct Spoken {
    text: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    voice: String,
}

impl Query for Spoken {
    const FIELDS: &'static [Field] = &[
        Field::required("text", Kind::Text(MAX_PREVIEW))
            .about("What to say, or the name of a sound."),
        Field::new("language", Kind::Text(35)).about("As a version has it; en-US when left out."),
        Field::new("voice", Kind::Text(100))
            .about("As a version has it; the language's own when left out."),
    ];
}

/// Lists the languages and voices that this server can speak, as its text-to-speech program has
/// them.
#[utoipa::path(get, path = "/voices", operation_id = "list_voices", tag = "Agents",
    security(("key" = ["read"])),
    responses((status = 200, description = "All of them.", body = VoiceList),
        (status = 503, description = "There is nothing to speak with.")))]
pub async fn list(State(app): State<App>, Read(_): Read) -> Answer<Json<VoiceList>> {
    let voices = app.speech.voices().await.map_err(|error| out_of_voice(&error))?;
    let languages = voices.languages.iter().map(|language| LanguageView {
        language: language.code.clone(),
        name: language.name.clone(),
    });
    let variants = voices.variants.iter().map(|variant| VariantView {
        variant: variant.code.clone(),
        name: variant.name.clone(),
        gender: if variant.female { "female" } else { "male" },
    });
    Ok(Json(VoiceList { languages: languages.collect(), variants: variants.collect() }))
}

/// Says a text as an agent would, on a telephone: a WAV file, 8 kHz, mono, 16 bit. A text that
/// names a sound plays it. A workspace hears one at a time; more wait for their turn.
#[utoipa::path(get, path = "/voices/preview.wav", operation_id = "preview_voice", tag = "Agents",
    params(Asked<Spoken>),
    security(("key" = ["read"])),
    responses((status = 200, description = "How it sounds.", content_type = "audio/wav", body = inline(Binary)),
        (status = 503, description = "There is nothing to speak with.")))]
pub async fn preview(
    State(app): State<App>,
    Read(caller): Read,
    Asked(asked): Asked<Spoken>,
) -> Answer<Response> {
    let Spoken { text, language, voice } = asked;
    if text.trim().is_empty() {
        return Err(Problem::invalid(vec![Mistake::new("/text", "is empty; write what to say")]));
    }
    let _turn = app.guards.previews.turn(caller.workspace).await?;
    let language = if language.is_empty() { "en-US" } else { &language };
    let speech = app.speech.of(caller.workspace);
    let wrong = speech.mistaken(language, &voice).await.into_iter();
    let wrong: Vec<Mistake> =
        wrong.map(|(pointer, error)| Mistake::new(pointer, error.to_string())).collect();
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    let sound = speech.speak(&text, if voice.is_empty() { language } else { &voice }).await;
    let sound = sound.map_err(|error| match error.is_about_the_version() {
        true => Problem::invalid(vec![Mistake::new("/text", error.to_string())]),
        false => out_of_voice(&error),
    })?;
    Ok(audio(wav::bytes(&sound)))
}

/// A WAV response.
pub fn audio(wav: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "audio/wav")], wav).into_response()
}

fn out_of_voice(error: &SpeechError) -> Problem {
    Problem::unavailable(format!("Nothing can be spoken: {error}."))
}
