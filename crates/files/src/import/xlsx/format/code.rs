//! Parses the code of a number format.

/// The tokens of a section. A code has at most a thousand bytes.
pub(in crate::import::xlsx) type Tokens = Vec<Token>;

/// One section of a code, which applies to some numbers.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::import::xlsx) struct Section {
    /// The numbers that the section applies to, if the code says so.
    pub condition: Option<Condition>,
    pub tokens: Tokens,
}

impl Section {
    /// Whether the section shows a date or a time.
    pub(super) fn is_date(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Date(..) | Token::Elapsed(..)))
    }
}

/// `[>=100]`
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::import::xlsx) struct Condition {
    less: bool,
    equal: bool,
    greater: bool,
    than: f64,
}

impl Condition {
    /// Whether a number fulfils the condition.
    pub(super) fn holds(self, number: f64) -> bool {
        (self.less && number < self.than)
            || (self.equal && number == self.than)
            || (self.greater && number > self.than)
    }

    /// Whether only negative numbers fulfil the condition.
    pub(super) fn is_of_negatives(self) -> bool {
        self.less && !self.greater && (self.than < 0.0 || (self.than == 0.0 && !self.equal))
    }

    fn parse(text: &str) -> Option<Condition> {
        let end = text.find(|c| !matches!(c, '<' | '=' | '>'))?;
        let (less, equal, greater) = match &text[..end] {
            "<" => (true, false, false),
            "<=" => (true, true, false),
            "=" => (false, true, false),
            "<>" => (true, false, true),
            ">=" => (false, true, true),
            ">" => (false, false, true),
            _ => return None,
        };
        Some(Condition { less, equal, greater, than: text[end..].trim().parse().ok()? })
    }
}

/// A token of a section.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::import::xlsx) enum Token {
    /// Literal text.
    Literal(String),
    /// A digit: `0`, or `#` and `?`, which show no unnecessary zero.
    Digit { is_padded: bool },
    /// The decimal point.
    Point,
    /// Groups of three digits, or a division by a thousand, depending on its position.
    Comma,
    /// The number is multiplied by a hundred.
    Percent,
    /// `E+` (true) or `E-`: the digits of the exponent follow.
    Exponent(bool),
    /// The number without a format, or `@`.
    General,
    /// The bar of a fraction.
    Slash,
    /// A part of a date, and its number of letters.
    Date(DatePart, usize),
    /// Hours, minutes or seconds beyond a day, and their number of letters.
    Elapsed(DatePart, usize),
    /// `AM/PM` (true) or `A/P`.
    HalfDay(bool),
}

/// A part of a date or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub(in crate::import::xlsx) enum DatePart {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

/// The sections of a code, at most four.
pub(super) fn sections(code: &str) -> Vec<Section> {
    let mut sections = vec![Section { condition: None, tokens: Vec::new() }];
    let mut rest = code;
    while !rest.is_empty() {
        let (piece, length) = next(rest);
        rest = &rest[length..];
        let last = sections.len() - 1;
        match piece {
            Piece::NextSection if sections.len() == 4 => break,
            Piece::NextSection => sections.push(Section { condition: None, tokens: Vec::new() }),
            Piece::Condition(condition) => sections[last].condition = Some(condition),
            Piece::Layout => {}
            Piece::Token(token) => sections[last].tokens.push(token),
        }
    }
    sections.iter_mut().for_each(|section| tell_minutes(&mut section.tokens));
    sections
}

enum Piece {
    Token(Token),
    Condition(Condition),
    NextSection,
    /// Colours, padding and fill, which produce no text.
    Layout,
}

/// The first piece of a code, and its length in bytes.
fn next(code: &str) -> (Piece, usize) {
    let first = code.chars().next().unwrap_or_default();
    let literal = |text: &str, length| (Piece::Token(Token::Literal(text.to_owned())), length);
    let token = |token, length| (Piece::Token(token), length);
    match first {
        ';' => (Piece::NextSection, 1),
        '"' => match code[1..].find('"') {
            Some(end) => literal(&code[1..=end], end + 2),
            None => literal(&code[1..], code.len()),
        },
        '\\' => literal(second(code), 1 + second(code).len()),
        '_' | '*' => (Piece::Layout, 1 + second(code).len()),
        '[' => match code.find(']') {
            Some(end) => (bracket(&code[1..end]), end + 1),
            None => (Piece::Layout, code.len()),
        },
        '0' => token(Token::Digit { is_padded: true }, 1),
        '#' | '?' => token(Token::Digit { is_padded: false }, 1),
        '.' => token(Token::Point, 1),
        ',' => token(Token::Comma, 1),
        '%' => token(Token::Percent, 1),
        '@' => token(Token::General, 1),
        '/' => token(Token::Slash, 1),
        _ => word(code).unwrap_or_else(|| literal(&code[..first.len_utf8()], first.len_utf8())),
    }
}

/// The character after the first one.
fn second(code: &str) -> &str {
    let mut rest = code.chars();
    rest.next();
    let rest = rest.as_str();
    &rest[..rest.chars().next().map_or(0, char::len_utf8)]
}

fn word(code: &str) -> Option<(Piece, usize)> {
    let begins =
        |word: &str| code.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    let token = |token, length| Some((Piece::Token(token), length));
    if begins("general") {
        return token(Token::General, 7);
    }
    if begins("am/pm") {
        return token(Token::HalfDay(true), 5);
    }
    if begins("a/p") {
        return token(Token::HalfDay(false), 3);
    }
    if begins("e+") || begins("e-") {
        return token(Token::Exponent(begins("e+")), 2);
    }
    let letter = code.chars().next()?.to_ascii_lowercase();
    let part = date_part(letter)?;
    let length = code.chars().take_while(|c| c.to_ascii_lowercase() == letter).count();
    token(Token::Date(part, length), length)
}

fn date_part(letter: char) -> Option<DatePart> {
    match letter {
        'y' | 'e' => Some(DatePart::Year),
        'm' => Some(DatePart::Month),
        'd' => Some(DatePart::Day),
        'h' => Some(DatePart::Hour),
        's' => Some(DatePart::Second),
        _ => None,
    }
}

/// The meaning of a text in brackets: a currency, elapsed time, a condition or a colour.
fn bracket(inside: &str) -> Piece {
    if let Some(currency) = inside.strip_prefix('$') {
        let sign = currency.split('-').next().unwrap_or_default();
        return Piece::Token(Token::Literal(sign.to_owned()));
    }
    if let Some(condition) = Condition::parse(inside) {
        return Piece::Condition(condition);
    }
    let letter = inside.chars().next().map(|first| first.to_ascii_lowercase());
    let same = inside.chars().all(|c| Some(c.to_ascii_lowercase()) == letter);
    match letter.filter(|_| same) {
        Some('h') => Piece::Token(Token::Elapsed(DatePart::Hour, inside.len())),
        Some('m') => Piece::Token(Token::Elapsed(DatePart::Minute, inside.len())),
        Some('s') => Piece::Token(Token::Elapsed(DatePart::Second, inside.len())),
        _ => Piece::Layout,
    }
}

/// `m` and `mm` mean minutes after hours and before seconds, otherwise months.
fn tell_minutes(tokens: &mut Tokens) {
    let parts: Vec<(usize, DatePart)> = tokens
        .iter()
        .enumerate()
        .filter_map(|(at, token)| match token {
            Token::Date(part, _) | Token::Elapsed(part, _) => Some((at, *part)),
            _ => None,
        })
        .collect();
    for (index, (at, _)) in parts.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| parts[index].1);
        let after = parts.get(index + 1).map(|part| part.1);
        if let Token::Date(part @ DatePart::Month, 1 | 2) = &mut tokens[*at]
            && (before == Some(DatePart::Hour) || after == Some(DatePart::Second))
        {
            *part = DatePart::Minute;
        }
    }
}
