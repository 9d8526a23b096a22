//! What is spoken of a text that a model wrote: no Markdown, emoji or URLs.

/// Returns a text as it is spoken; empty if nothing of it is. Numbers, dates and sums of money stay as
/// they are written: the speech server reads them.
pub fn speakable(text: &str) -> String {
    let lines = text.lines().map(without_line_marks);
    let joined = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let words = without_marks(&without_links(&joined));
    let kept = words.split_whitespace().filter(|word| !is_url(word)).collect::<Vec<_>>().join(" ");
    if kept.chars().any(char::is_alphanumeric) { kept } else { String::new() }
}

/// Returns a line without what makes it a heading, an item of a list, a quotation or a fence.
fn without_line_marks(line: &str) -> &str {
    let line = line.trim();
    let is_rule = line.len() >= 3 && line.chars().all(|mark| matches!(mark, '-' | '*' | '_' | '='));
    if line.starts_with("```") || is_rule {
        return "";
    }
    let line = line.trim_start_matches(['#', '>']).trim_start();
    ["- ", "* ", "+ ", "• "].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line).trim()
}

/// Replaces links and images by their words.
fn without_links(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(open) = rest.find('[') {
        let inside = &rest[open + 1..];
        let link = inside.find("](").and_then(|middle| {
            let end = inside[middle..].find(')')?;
            Some((&inside[..middle], &inside[middle + end + 1..]))
        });
        out.push_str(rest[..open].trim_end_matches('!'));
        match link {
            Some((words, after)) => {
                out.push_str(words);
                rest = after;
            }
            None => {
                out.push('[');
                rest = inside;
            }
        }
    }
    out + rest
}

fn without_marks(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (at, letter) in letters.iter().enumerate() {
        let is_letter = |at: Option<usize>| {
            at.and_then(|at| letters.get(at)).is_some_and(|next| next.is_alphanumeric())
        };
        let is_inside = is_letter(at.checked_sub(1)) && is_letter(Some(at + 1));
        match letter {
            '*' | '`' => {}
            '_' | '~' if !is_inside => {}
            '_' | '|' | '\t' => out.push(' '),
            letter if is_emoji(*letter) => {}
            letter => out.push(*letter),
        }
    }
    out
}

fn is_url(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '<', '"', '\'', '[']);
    ["http://", "https://", "www.", "mailto:", "ftp://"].iter().any(|start| word.starts_with(start))
}

/// Whether a letter is an emoji or belongs to one: pictographs, dingbats, flags, joiners, selectors.
fn is_emoji(letter: char) -> bool {
    matches!(u32::from(letter),
        0x1F000..=0x1FAFF | 0x2600..=0x27BF | 0x2B00..=0x2BFF
        | 0xFE00..=0xFE0F | 0x200D | 0x20E3 | 0xE0020..=0xE007F | 0x2190..=0x21FF | 0x2300..=0x23FF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_people_say_is_left() {
        for (text, spoken) in [
            ("**Hello**, _Ana_! 👋🏽", "Hello, Ana!"),
            ("# Plan\n- one\n- two `three`\n", "Plan one two three"),
            ("See [our page](https://a.example/x?y=1) or https://b.example.", "See our page or"),
            ("1. First\n2. Second", "1. First 2. Second"),
            ("It is 3 * 4 = 12, about ~5 %.", "It is 3 4 = 12, about 5 %."),
            ("Call snake_case at 10:30 for $3.50.", "Call snake case at 10:30 for $3.50."),
            ("```python\nx\n```", "x"),
            ("> quoted ![pic](a.png) text", "quoted pic text"),
            ("[1] is a note", "[1] is a note"),
            ("🎉", ""),
            ("---", ""),
            ("*", ""),
            (" Grüß Gott, \u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}! ", "Grüß Gott, नमस्ते!"),
        ] {
            assert_eq!(speakable(text), spoken, "{text:?}");
        }
    }

    #[test]
    fn no_text_panics() {
        let mut random = fastrand::Rng::with_seed(8);
        for _ in 0..5_000 {
            let letters = ['[', ']', '(', ')', '!', 'é', '👋', '`', '*', '_', ' ', '\n', 'a', '#'];
            let text: String =
                (0..random.usize(..40)).map(|_| *random.choice(&letters).unwrap()).collect();
            assert!(speakable(&text).len() <= text.len());
        }
    }
}
