//! The languages and voices of espeak-ng, from its own lists.

use std::collections::HashSet;

use strsim::normalized_damerau_levenshtein;

/// The most names proposed for a wrong one.
const MOST_NEAR: usize = 3;
/// Names less similar than this are not proposed, 0 to 1.
const LIKENESS: f64 = 0.5;

/// Everything that espeak-ng can speak. An agent's voice is a language code, optionally with `+`
/// and a variant code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Voices {
    /// Languages and dialects.
    pub languages: Vec<Language>,
    /// Variants of a language's sound.
    pub variants: Vec<Variant>,
}

/// A language that can be spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    /// The language tag in lower case: `en-gb`.
    pub code: String,
    /// The English name.
    pub name: String,
    /// Other tags for the same language.
    pub others: Vec<String>,
}

/// A variant, which applies to every voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The code after the plus: `f3`.
    pub code: String,
    /// The variant's name.
    pub name: String,
    /// Whether the voice is female.
    pub female: bool,
}

impl Voices {
    /// Parses what the program prints for `--voices` and for `--voices=variant`.
    pub(super) fn parse(languages: &str, variants: &str) -> Voices {
        // The program has several voices for some tags, and uses the first.
        let mut tags = HashSet::new();
        let languages = languages.lines().skip(1).filter_map(language);
        let languages = languages.filter(|language| tags.insert(language.code.clone())).collect();
        let mut variants: Vec<Variant> = variants.lines().skip(1).filter_map(variant).collect();
        variants.sort_by_key(|variant| (variant.name.to_lowercase(), variant.code.clone()));
        variants.dedup_by(|one, other| one.code == other.code);
        Voices { languages, variants }
    }

    /// Returns languages that may be meant by an unknown one; None when the language is known.
    pub fn mistaken_language(&self, tag: &str) -> Option<Vec<String>> {
        (!self.speaks(tag)).then(|| self.near_languages(tag))
    }

    /// Returns voices that may be meant by an unknown one; None when the voice is known.
    pub fn mistaken_voice(&self, voice: &str) -> Option<Vec<String>> {
        let (base, variant) = match voice.split_once('+') {
            Some((base, variant)) => (base, Some(variant)),
            None => (voice, None),
        };
        // MBROLA voices depend on what is installed: only the program knows.
        if !self.speaks(base) && !self.has_name(base) && !base.starts_with("mb") {
            let near = self.near_languages(base).into_iter();
            let suffix = variant.filter(|code| self.has_variant(code));
            let suffix = suffix.map(|code| format!("+{code}")).unwrap_or_default();
            return Some(near.map(|code| format!("{code}{suffix}")).collect());
        }
        let variant = variant.filter(|code| !self.has_variant(code))?;
        let codes = self.variants.iter().flat_map(|known| {
            [(known.code.as_str(), known.code.as_str()), (known.name.as_str(), &known.code)]
        });
        Some(nearest(variant, codes).into_iter().map(|code| format!("{base}+{code}")).collect())
    }

    /// Whether a language tag (BCP 47) can be spoken: the tag itself, or its language with an
    /// existing country.
    fn speaks(&self, tag: &str) -> bool {
        let tag = tag.to_ascii_lowercase();
        let codes = || self.languages.iter().flat_map(Language::codes);
        if codes().any(|code| code == tag) {
            return true;
        }
        let mut parts = tag.split('-');
        let language = parts.next().unwrap_or_default();
        let is_of_it = |code: &str| code.split('-').next() == Some(language);
        codes().any(is_of_it)
            && parts.all(|part| {
                let listed = codes().filter(|code| is_of_it(code));
                is_country(part)
                    || listed.flat_map(|code| code.split('-')).any(|known| known == part)
            })
    }

    fn has_name(&self, name: &str) -> bool {
        let wanted = name.replace('_', " ");
        self.languages.iter().any(|language| language.name.eq_ignore_ascii_case(&wanted))
    }

    fn has_variant(&self, code: &str) -> bool {
        // The program accepts a number as variant, too.
        let is_number = matches!(code.len(), 1 | 2) && code.bytes().all(|b| b.is_ascii_digit());
        is_number || self.variants.iter().any(|variant| variant.code == code)
    }

    fn near_languages(&self, tag: &str) -> Vec<String> {
        let names = self.languages.iter().flat_map(|language| {
            let codes = language.codes().map(|code| (code, language.code.as_str()));
            codes.chain([(language.name.as_str(), language.code.as_str())])
        });
        nearest(tag, names)
    }
}

impl Language {
    fn codes(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.code).chain(&self.others).map(String::as_str)
    }
}

/// Says what to do about an unknown voice.
pub(super) fn advice(near: &[String]) -> String {
    match near {
        [] => "GET /v1/voices and espeak-ng --voices list them".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    }
}

/// Returns the codes whose names are most similar to `wanted`.
pub(super) fn nearest<'a>(
    wanted: &str,
    names: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<String> {
    let wanted: String = wanted.to_lowercase().replace('_', "-").chars().take(64).collect();
    let mut near: Vec<(f64, &str)> = names
        .map(|(name, meant)| (likeness(&wanted, &name.to_lowercase()), meant))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut found: Vec<String> = Vec::new();
    for (_, meant) in near {
        if found.len() < MOST_NEAR && !found.iter().any(|known| known == meant) {
            found.push(meant.to_owned());
        }
    }
    found
}

fn likeness(wanted: &str, name: &str) -> f64 {
    // "english" is the beginning of "english (america)".
    let begins = wanted.len() >= 3 && name.starts_with(wanted);
    let alike = normalized_damerau_levenshtein(wanted, name);
    if begins { alike.max(0.9) } else { alike }
}

/// Whether a subtag is a country (ISO 3166-1) or a region of the world (UN M49).
fn is_country(part: &str) -> bool {
    let is_number = part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    is_number || part.to_ascii_uppercase().parse::<campanile_numbers::Country>().is_ok()
}

/// Parses a line such as ` 5  es-419  --/M  Spanish_(Latin_America)  roa/es-419  (es-mx 6)(es 6)`.
fn language(line: &str) -> Option<Language> {
    let mut words = line.split_whitespace();
    let (_priority, code, _gender, name) =
        (words.next()?, words.next()?, words.next()?, words.next()?);
    let others = words.skip(1).filter_map(|word| word.rsplit_once('('));
    let others = others.map(|(_, code)| code.to_ascii_lowercase());
    Some(Language {
        code: code.to_ascii_lowercase(),
        name: name.replace('_', " ").trim().to_owned(),
        others: others.collect(),
    })
}

/// Parses a line such as ` 5  variant  --/F  female3  !v/f3`.
fn variant(line: &str) -> Option<Variant> {
    let mut words = line.split_whitespace();
    let (_priority, _, gender, name) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let code = line.split_once("!v/")?.1.trim();
    // A code with a space cannot be told from two words.
    (!code.contains(' ')).then(|| Variant {
        code: code.to_owned(),
        name: name.replace('_', " ").trim().to_owned(),
        female: gender.ends_with('F'),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGUAGES: &str = "Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn              (zh-cmn 5)(zh 5)
 5  de              --/M      German             gmw/de               
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 5  en-gb-scotland  --/M      English_(Scotland) gmw/en-GB-scotland   (en 4)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  nb              --/M      Norwegian_Bokmål  gmq/nb               (no 5)
 5  yue             --/M      Chinese_(Cantonese) sit/yue              (zh-yue 5)(zh 8)
 5  yue             --/M      Chinese_(Cantonese,_latin_as_Jyutping) sit/yue-Latn-jyutping (zh-yue 5)(zh 8)
";
    const VARIANTS: &str =
        "Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  variant         --/M      Adam               !v/adam              
 5  variant         --/F      female3            !v/f3                
 5  variant         --/M      Mr_serious         !v/Mr serious        
";

    fn voices() -> Voices {
        Voices::parse(LANGUAGES, VARIANTS)
    }

    #[test]
    fn the_programs_own_list_is_read() {
        let voices = voices();
        let codes: Vec<&str> = voices.languages.iter().map(|one| one.code.as_str()).collect();
        assert_eq!(codes, ["cmn", "de", "en-gb", "en-gb-scotland", "en-us", "nb", "yue"]);
        assert_eq!(voices.languages[0].name, "Chinese (Mandarin, latin as English)");
        assert_eq!(voices.languages[0].others, ["zh-cmn", "zh"]);
        let variants: Vec<_> = voices.variants.iter().map(|one| (&*one.code, one.female)).collect();
        assert_eq!(variants, [("adam", false), ("f3", true)]);
    }

    #[test]
    fn a_tag_is_known_by_its_language_in_a_country_that_exists() {
        for known in ["en-US", "en", "EN-gb", "de-DE", "de-AT", "zh", "zh-CN", "no", "en-150"] {
            assert_eq!(voices().mistaken_language(known), None, "{known}");
        }
        for (unknown, near) in [
            ("en-UX", "en-us"),
            ("en_US", "en-us"),
            ("english", "en-gb"),
            ("german", "de"),
            ("en-gb-scotlant", "en-gb-scotland"),
        ] {
            let proposed = voices().mistaken_language(unknown).expect("unknown");
            assert!(proposed.contains(&near.to_owned()), "{unknown}: {proposed:?}");
        }
    }

    #[test]
    fn a_variant_that_the_program_would_ignore_is_a_mistake() {
        for known in ["en-us+f3", "de", "de+3", "German", "de+adam", "mb-en1", "German+f3"] {
            assert_eq!(voices().mistaken_voice(known), None, "{known}");
        }
        for (unknown, near) in [
            ("en-us+f33", "en-us+f3"),
            ("en-us+Adam", "en-us+adam"),
            ("en-uss+f3", "en-us+f3"),
            ("de+", ""),
            ("xx-klingon", ""),
        ] {
            let proposed = voices().mistaken_voice(unknown).expect("unknown");
            let first = proposed.first().map(String::as_str).unwrap_or_default();
            assert_eq!(first, near, "{unknown}: {proposed:?}");
        }
    }
}
