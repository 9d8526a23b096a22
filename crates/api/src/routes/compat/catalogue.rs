//! `/languages`, `/voices` and `/llms`: the languages and voices of the built-in agent.

use axum::Json;
use campanile_service::fields::{Field, Kind};
use serde::{Deserialize, Serialize};

use super::{Data, LIMIT, PAGE, Page};
use crate::http::{
    auth::Read,
    extract::{Asked, Query, Word},
    problem::{Answer, Problem},
};

/// Common languages of espeak-ng. An agent of /v1 may name any other.
const LANGUAGES: &[(&str, &str)] = &[
    ("en-US", "English (United States)"),
    ("en-GB", "English (United Kingdom)"),
    ("ar", "Arabic"),
    ("bn", "Bengali"),
    ("cs", "Czech"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("es", "Spanish (Spain)"),
    ("es-419", "Spanish (Latin America)"),
    ("fi", "Finnish"),
    ("fr-FR", "French"),
    ("gu", "Gujarati"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("id", "Indonesian"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("kn", "Kannada"),
    ("ko", "Korean"),
    ("ml", "Malayalam"),
    ("mr", "Marathi"),
    ("nl", "Dutch"),
    ("pa", "Punjabi"),
    ("pl", "Polish"),
    ("pt", "Portuguese (Portugal)"),
    ("pt-BR", "Portuguese (Brazil)"),
    ("ru", "Russian"),
    ("sv", "Swedish"),
    ("ta", "Tamil"),
    ("te", "Telugu"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("vi", "Vietnamese"),
];

/// The provider of the voices.
const PROVIDER: &str = "espeak-ng";

/// A language.
#[derive(Debug, Clone, Serialize)]
pub struct Language {
    id: &'static str,
    code: &'static str,
    name: &'static str,
}

/// A voice. Each language has one.
#[derive(Debug, Clone, Serialize)]
pub struct Voice {
    id: &'static str,
    name: &'static str,
    language: &'static str,
    provider_name: &'static str,
}

/// A language model. The built-in agent follows a script and needs none.
#[derive(Debug, Clone, Serialize)]
pub struct Llm {
    id: &'static str,
    name: &'static str,
}

const SCRIPT: Llm = Llm { id: "script", name: "Built-in script, without a language model" };

/// The filter for voices. Accent and gender are ignored.
#[derive(Debug, Deserialize)]
pub struct VoiceQuery {
    provider_name: Option<String>,
    name: Option<String>,
    page: Option<u32>,
    limit: Option<u32>,
}

impl Query for VoiceQuery {
    const FIELDS: &'static [Field] = &[
        Field::new("provider_name", Kind::Text(100)),
        Field::new("accent", Kind::Text(100)),
        Field::new("gender", Kind::Text(100)),
        Field::new("name", Kind::Text(100)),
        PAGE,
        LIMIT,
    ];
}

fn all_languages() -> Vec<Language> {
    LANGUAGES.iter().map(|&(code, name)| Language { id: code, code, name }).collect()
}

fn all_voices() -> Vec<Voice> {
    let voice = |&(id, name)| Voice { id, name, language: id, provider_name: PROVIDER };
    LANGUAGES.iter().map(voice).collect()
}

fn found<T>(thing: Option<T>, kind: &str, id: &str) -> Answer<Json<Data<T>>> {
    let missing = || Problem::not_found(format!("There is no {kind} {id:?}; list what there is."));
    thing.map(|data| Json(Data { data })).ok_or_else(missing)
}

/// Every language.
pub async fn languages(Read(_): Read) -> Json<Page<Language>> {
    Json(Page::of(all_languages(), (1, LANGUAGES.len() as u32)))
}

/// One language.
pub async fn language(Read(_): Read, Word(id): Word) -> Answer<Json<Data<Language>>> {
    let known = all_languages().into_iter().find(|known| known.id.eq_ignore_ascii_case(&id));
    found(known, "language", &id)
}

/// The voices that match.
pub async fn voices(Read(_): Read, Asked(query): Asked<VoiceQuery>) -> Json<Page<Voice>> {
    let has = |text: &str, wanted: &Option<String>| {
        let wanted = wanted.as_deref().unwrap_or_default().to_lowercase();
        text.to_lowercase().contains(&wanted)
    };
    let fits = |voice: &Voice| {
        has(voice.name, &query.name) && has(voice.provider_name, &query.provider_name)
    };
    let voices = all_voices().into_iter().filter(fits).collect();
    Json(Page::of(voices, (query.page.unwrap_or(1), query.limit.unwrap_or(30))))
}

/// One voice.
pub async fn voice(Read(_): Read, Word(id): Word) -> Answer<Json<Data<Voice>>> {
    let known = all_voices().into_iter().find(|known| known.id.eq_ignore_ascii_case(&id));
    found(known, "voice", &id)
}

/// The placeholder for language models.
pub async fn llms(Read(_): Read) -> Json<Vec<Llm>> {
    Json(vec![SCRIPT])
}

/// The placeholder for a single language model.
pub async fn llm(Read(_): Read, Word(id): Word) -> Answer<Json<Data<Llm>>> {
    found((id == SCRIPT.id).then_some(SCRIPT), "model", &id)
}
