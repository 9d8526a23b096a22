//! What listeners say to show that they listen, such as “mhm”. It does not interrupt.

/// The backchannels that every language has.
const EVERYWHERE: &[&str] =
    &["mhm", "mm", "mmm", "hm", "hmm", "mmhm", "mmhmm", "uhhuh", "aha", "ah", "oh", "ok", "okay"];

/// The backchannels of a language, by its primary subtag.
fn of(language: &str) -> &'static [&'static str] {
    match language {
        "en" => &["yeah", "yep", "yes", "right", "sure", "alright", "uh", "huh", "isee", "gotit"],
        "es" => &["sí", "si", "ya", "vale", "claro", "ajá", "aja", "bueno", "eh"],
        "de" => &["ja", "jaja", "genau", "gut", "klar", "achso", "stimmt", "jo"],
        "fr" => &["oui", "ouais", "daccord", "bien", "voilà", "ouaisouais", "ben"],
        "pt" => &["sim", "tá", "ta", "certo", "claro", "pois", "é", "uhum", "aham"],
        "it" => &["sì", "si", "certo", "va", "bene", "vabene", "già"],
        "nl" => &["ja", "jaja", "oké", "oke", "goed", "precies"],
        "hi" => &["हाँ", "हां", "जी", "अच्छा", "ठीक", "है", "haan", "ji", "accha", "achha"],
        _ => &[],
    }
}

/// Whether a text says nothing but that the person listens, in a language (BCP 47).
pub fn is_backchannel(text: &str, language: &str) -> bool {
    let primary = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let of_language = of(&primary);
    let mut words = text.split_whitespace().map(letters).filter(|word| !word.is_empty()).peekable();
    let is_one = |word: &str| EVERYWHERE.contains(&word) || of_language.contains(&word);
    let whole: String = words.clone().collect();
    words.peek().is_some() && (is_one(&whole) || words.all(|word| is_one(&word)))
}

fn letters(word: &str) -> String {
    let is_of_word = |letter: &char| {
        // Marks such as Devanagari's vowel signs are no letters, but of the word.
        letter.is_alphanumeric()
            || !(letter.is_ascii() || letter.is_whitespace() || is_mark(*letter))
    };
    word.chars().filter(is_of_word).flat_map(char::to_lowercase).collect()
}

/// Whether a letter outside ASCII is punctuation.
fn is_mark(letter: char) -> bool {
    matches!(letter, '’' | '‘' | '“' | '”' | '…' | '–' | '—' | '¿' | '¡' | '।' | '«' | '»')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_is_told_from_speaking() {
        for (text, language) in [
            ("Mm-hm.", "en-US"),
            ("Yeah, yeah. Okay.", "en-GB"),
            ("Uh-huh", "en"),
            ("I see.", "en"),
            ("Ja, genau.", "de-DE"),
            ("Sí.", "es-MX"),
            ("D’accord.", "fr"),
            ("हाँ जी।", "hi-IN"),
            ("Okay", "sw"),
        ] {
            assert!(is_backchannel(text, language), "{text}");
        }
        for (text, language) in [
            ("No.", "en-US"),
            ("Yeah, but wait", "en"),
            ("Stop", "en"),
            ("ja", "en"),
            ("", "en"),
            ("…", "en"),
            ("I see it differently", "en"),
            ("नहीं", "hi"),
        ] {
            assert!(!is_backchannel(text, language), "{text}");
        }
    }
}
