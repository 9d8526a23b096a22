//! Recognition of one utterance by one HTTP request, as OpenAI has it. Without I/O.

use campanile_media::wav;
use campanile_rules::agent::RecognitionSettings;
use serde_json::Value;

use super::Request;

/// Separates the fields of a form. Sound and settings do not have it in them.
const BOUNDARY: &str = "campanile-7MA4YWxkTrZu0gW-utterance";

/// Returns the request for the words in a sound at 8 kHz. A base URL gets OpenAI's path; one that ends
/// in `/inference`, as whisper.cpp has it, stays as it is.
pub fn request(settings: &RecognitionSettings, language: &str, sound: &[i16]) -> Request {
    let base = settings.url.trim_end_matches('/');
    let is_whole = ["/transcriptions", "/inference"].iter().any(|end| base.ends_with(end));
    let url = if is_whole { base.to_owned() } else { format!("{base}/audio/transcriptions") };
    let language = language.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let mut body = Vec::with_capacity(2 * sound.len() + 1_024);
    let fields =
        [("model", &*settings.model), ("language", &language), ("response_format", "json")];
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
        let value = value.replace(['\r', '\n'], " ");
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend(part.into_bytes());
    }
    let part = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"speech.wav\"\r\n\
         Content-Type: audio/wav\r\n\r\n"
    );
    body.extend(part.into_bytes());
    body.extend(wav::bytes(sound));
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    Request::post(url, &content_type, body).bearer(&settings.api_key).repeatable()
}

/// Returns the words in an answer, without what Whisper writes for sounds, such as `[BLANK_AUDIO]`.
pub fn text_of(answer: &str) -> Result<String, String> {
    let answer = answer.trim();
    if answer.starts_with(['{', '[', '<']) && !answer.starts_with("[BLANK") {
        let value: Value = serde_json::from_str(answer)
            .map_err(|_| "what it sent is no transcription".to_owned())?;
        let text = value.get("text").and_then(Value::as_str);
        return text.map(words_in).ok_or_else(|| "what it sent has no \"text\"".to_owned());
    }
    Ok(words_in(answer))
}

/// Returns a text without what stands in brackets, between asterisks, or is music.
fn words_in(text: &str) -> String {
    let mut words = String::new();
    let mut until = None;
    for letter in text.chars() {
        match (until, letter) {
            (Some(end), letter) if letter == end => until = None,
            (Some(_), _) => {}
            (None, '[') => until = Some(']'),
            (None, '(') => until = Some(')'),
            (None, '*') => until = Some('*'),
            (None, '♪' | '♫') => {}
            (None, letter) => words.push(letter),
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_notes_about_sounds() {
        for (answer, words) in [
            (r#"{"text":" Hello, it is me.\n"}"#, "Hello, it is me."),
            (r#"{"text":"[BLANK_AUDIO]"}"#, ""),
            (r#"{"text":" (wind blowing) Yes *coughs* ♪ please"}"#, "Yes please"),
            ("plain words\n", "plain words"),
            ("[BLANK_AUDIO]", ""),
            ("", ""),
        ] {
            assert_eq!(text_of(answer).unwrap(), words, "{answer}");
        }
        for answer in ["{", r#"{"error":"x"}"#, "<html>", r#"{"text":1}"#] {
            assert!(text_of(answer).is_err(), "{answer}");
        }
    }
}
