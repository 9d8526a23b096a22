//! How numbers are written: which characters of a cell are digits, which only separate digits, and
//! which make the number doubtful.

/// The zeros of Unicode's decimal digits (general category Nd, Unicode 14), in order. The nine
/// characters after each zero are one to nine.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
    0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650,
    0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50,
    0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
];

/// A longer run of digits is not a number anywhere: 15 digits (ITU-T E.164 §6.2.1) after an
/// international prefix.
const MAX_DIGITS: usize = 20;

/// The digits of a number as written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Spelled {
    /// Whether a plus precedes the digits, so that they begin with the country code.
    pub plus: bool,
    /// ASCII digits.
    pub digits: String,
    /// The number of digits before each slash: `030/123456` is one number, `A / B` is two.
    pub slashes: Vec<usize>,
}

/// Why a cell does not contain exactly one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// The cell is empty.
    Empty,
    /// `1.41556E+10`.
    Exponent,
    /// `14155550101.0`.
    Decimal,
    /// A letter, including the letter O.
    Letter,
    /// A character that marks an extension or a service code, such as `#`, `*` or `;`.
    Extension,
    /// Characters that separate two numbers.
    SecondNumber,
    /// Any other character.
    Sign,
    /// No digits.
    NoDigits,
    /// Far more digits than any number has.
    TooManyDigits,
}

/// The role of a character in a number.
pub(super) enum Kind {
    Digit(char),
    Plus,
    Dot,
    Slash,
    Separator,
    Break,
    Invisible,
    Doubtful(Doubt),
}

pub(super) fn kind(c: char) -> Kind {
    match c {
        '0'..='9' => Kind::Digit(c),
        '+' | '\u{ff0b}' | '\u{fe62}' => Kind::Plus,
        '.' | '\u{ff0e}' => Kind::Dot,
        '/' | '\u{ff0f}' => Kind::Slash,
        '(' | ')' | '[' | ']' | '\u{ff08}' | '\u{ff09}' | '\u{ff3b}' | '\u{ff3d}' => {
            Kind::Separator
        }
        '-'
        | '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{30fc}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}' => Kind::Separator,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => Kind::Invisible,
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Kind::Break,
        '#' | '*' | ';' | '\u{ff03}' | '\u{ff0a}' => Kind::Doubtful(Doubt::Extension),
        ',' | '|' | '&' | '\u{ff0c}' | '\u{3001}' => Kind::Doubtful(Doubt::SecondNumber),
        _ if c.is_whitespace() => Kind::Separator,
        _ => match decimal_digit(c) {
            Some(digit) => Kind::Digit(digit),
            None if c.is_alphabetic() => Kind::Doubtful(Doubt::Letter),
            None => Kind::Doubtful(Doubt::Sign),
        },
    }
}

fn decimal_digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let script = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    char::from_digit(code - ZEROS[script], 10)
}

/// Reads the digits in `cell`.
pub(super) fn read(cell: &str) -> Result<Spelled, Doubt> {
    let cell = undressed(trimmed(cell));
    let cell = match cell.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &cell[4..],
        _ => cell,
    };
    if cell.chars().all(|c| c.is_whitespace() || matches!(kind(c), Kind::Invisible)) {
        return Err(Doubt::Empty);
    }
    if is_exponent(cell) {
        return Err(Doubt::Exponent);
    }
    let mut spelled = Spelled::default();
    let mut dots = 0;
    let mut since_dot = 0;
    for c in cell.chars() {
        match kind(c) {
            Kind::Digit(digit) => {
                if spelled.digits.len() == MAX_DIGITS {
                    return Err(in_context(cell, Doubt::TooManyDigits));
                }
                spelled.digits.push(digit);
                since_dot += 1;
            }
            Kind::Plus if spelled.plus || !spelled.digits.is_empty() => {
                return Err(Doubt::SecondNumber);
            }
            Kind::Plus => spelled.plus = true,
            Kind::Dot => {
                dots += 1;
                since_dot = 0;
            }
            Kind::Slash => spelled.slashes.push(spelled.digits.len()),
            Kind::Separator | Kind::Invisible => {}
            Kind::Break => return Err(Doubt::SecondNumber),
            Kind::Doubtful(doubt) => return Err(in_context(cell, doubt)),
        }
    }
    if spelled.digits.is_empty() {
        return Err(Doubt::NoDigits);
    }
    // Programs write `14155550101.0` when they hold a number as a quantity.
    if dots == 1 && since_dot <= 2 { Err(Doubt::Decimal) } else { Ok(spelled) }
}

/// The fewest digits of a number next to another one.
const WHOLE: usize = 7;

/// Whether a cell has two numbers that are separated by a space or by a character that no number
/// contains.
pub(super) fn has_two_numbers(cell: &str) -> bool {
    let stands_between = |c: char| {
        c.is_whitespace()
            || matches!(kind(c), Kind::Doubtful(_) | Kind::Break | Kind::Plus | Kind::Slash)
    };
    cell.split(stands_between).filter(|part| digits(part) >= WHOLE).count() > 1
}

fn digits(text: &str) -> usize {
    text.chars().filter(|c| matches!(kind(*c), Kind::Digit(_))).count()
}

/// Refines a doubt about a character by its surroundings: two numbers with words or characters
/// between them, or a number and its extension.
fn in_context(cell: &str, doubt: Doubt) -> Doubt {
    match doubt {
        _ if has_two_numbers(cell) => Doubt::SecondNumber,
        Doubt::Letter if has_extension(cell) => Doubt::Extension,
        doubt => doubt,
    }
}

/// Whether a number is followed by a word for an extension and digits: `… ext. 12`, `… x12`.
fn has_extension(cell: &str) -> bool {
    const WORDS: [&str; 24] = [
        "x",
        "ex",
        "ext",
        "extn",
        "exten",
        "extension",
        "dw",
        "durchwahl",
        "app",
        "apparat",
        "nst",
        "nebenstelle",
        "poste",
        "p",
        "int",
        "interno",
        "interne",
        "anexo",
        "ramal",
        "toestel",
        "tst",
        "доб",
        "вн",
        "分机",
    ];
    let Some(at) = cell.find(char::is_alphabetic) else { return false };
    let (number, rest) = cell.split_at(at);
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (word, behind) = rest.split_at(end);
    let belongs = |c: char| {
        matches!(kind(c), Kind::Digit(_) | Kind::Dot | Kind::Separator)
            || matches!(c, ':' | '=' | '#')
    };
    digits(number) >= WHOLE
        && WORDS.contains(&word.to_lowercase().as_str())
        && digits(behind) > 0
        && behind.chars().all(belongs)
}

fn trimmed(cell: &str) -> &str {
    cell.trim_matches(|c: char| {
        matches!(kind(c), Kind::Break | Kind::Invisible) || c.is_whitespace()
    })
}

/// Removes what an export puts around a number so that a spreadsheet keeps it as text: `'+1…`,
/// `="+1…"`, `"+1…"`. Also removes the comma, semicolon or dot that a list leaves after the number.
fn undressed(cell: &str) -> &str {
    const QUOTES: [char; 8] =
        ['"', '\'', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '`', '\u{b4}'];
    let mut bare = cell;
    loop {
        let before = bare;
        bare = bare.strip_prefix('=').filter(|rest| rest.starts_with(QUOTES)).unwrap_or(bare);
        bare = trimmed(bare.strip_prefix(QUOTES).unwrap_or(bare));
        bare = trimmed(bare.strip_suffix(QUOTES).unwrap_or(bare));
        if bare == before {
            break;
        }
    }
    let listed = trimmed(bare.trim_end_matches([',', ';', '.']));
    // A cell that contains only such marks is not empty.
    if listed.is_empty() { cell } else { listed }
}

/// Whether a spreadsheet has turned the number into a quantity: `1.41556E+10`, `9,2E+11`.
fn is_exponent(cell: &str) -> bool {
    let Some((mantissa, exponent)) = cell.trim().split_once(['e', 'E']) else { return false };
    let exponent = exponent.trim_start_matches(['+', '-']);
    let quantity = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '+' | '-');
    mantissa.contains(|c: char| c.is_ascii_digit())
        && mantissa.chars().all(quantity)
        && !exponent.is_empty()
        && exponent.chars().all(|c| c.is_ascii_digit())
}
