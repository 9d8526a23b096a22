//! Numbers in a section with digits.

use super::{
    code::Token,
    decimal::{Decimal, general},
};

/// The layout of the digits in a section.
#[derive(Debug, Default)]
struct Layout {
    /// The places before the point, and how many of them show a zero.
    whole: usize,
    padded: usize,
    /// The places after the point, and how many of them show a zero.
    places: usize,
    padded_places: usize,
    has_groups: bool,
    /// The power of ten by which the number is multiplied.
    shift: i32,
    /// The number of digits of the exponent, if there is one, and whether a plus is shown.
    exponent: Option<(usize, bool)>,
    has_fraction: bool,
}

impl Layout {
    fn of(tokens: &[Token]) -> Layout {
        let mut layout = Layout::default();
        let (mut behind, mut commas) = (false, 0);
        for token in tokens {
            match token {
                Token::Digit { is_padded } => {
                    layout.has_groups |= commas > 0 && !behind;
                    commas = 0;
                    layout.digit(*is_padded, behind);
                }
                Token::Point => behind = true,
                Token::Comma if layout.whole + layout.places > 0 => commas += 1,
                Token::Percent => layout.shift += 2,
                Token::Exponent(plus) => layout.exponent = Some((0, *plus)),
                Token::Slash => layout.has_fraction = true,
                Token::Comma
                | Token::Literal(_)
                | Token::General
                | Token::Date(..)
                | Token::Elapsed(..)
                | Token::HalfDay(_) => {}
            }
            // Each comma after the last digit before the point divides by a thousand.
            if matches!(token, Token::Point) {
                layout.shift -= 3 * commas;
                commas = 0;
            }
        }
        layout.shift -= 3 * commas;
        layout
    }

    fn digit(&mut self, is_padded: bool, behind: bool) {
        if let Some((digits, _)) = &mut self.exponent {
            *digits += 1;
        } else if behind {
            self.places += 1;
            if is_padded {
                self.padded_places = self.places;
            }
        } else {
            self.whole += 1;
            // After a padded place, all places are padded.
            self.padded += usize::from(is_padded || self.padded > 0);
        }
    }
}

/// The text of `number`, including the sign of a negative number. `None` if the section cannot be
/// followed.
pub(super) fn show(tokens: &[Token], number: f64) -> Option<String> {
    let layout = Layout::of(tokens);
    if layout.has_fraction {
        return None;
    }
    let mut size = Decimal::new(number).shifted(layout.shift);
    let mut exponent = 0;
    if layout.exponent.is_some() {
        exponent = scale(&size, &layout);
        size = size.shifted(-exponent);
    }
    let size = size.rounded(layout.places as i32);
    let mut whole = size.whole();
    while whole.len() < layout.padded {
        whole.insert(0, '0');
    }
    let mut fraction = size.fraction();
    while fraction.len() < layout.padded_places {
        fraction.push('0');
    }
    let has_digits = layout.whole + layout.places > 0;
    let shown = Shown { whole, fraction, exponent, layout };
    let text = shown.write(tokens, number);
    let is_negative = number < 0.0 && (!size.is_zero() || !has_digits);
    Some(if is_negative { format!("-{text}") } else { text })
}

/// The exponent that leaves as many digits before the point as there are places.
fn scale(size: &Decimal, layout: &Layout) -> i32 {
    let step = layout.whole.max(1) as i32;
    let fit = |exponent: i32| exponent.div_euclid(step) * step;
    let exponent = fit(size.exponent());
    // Rounding may need one more digit.
    let rounded = size.clone().shifted(-exponent).rounded(layout.places as i32);
    exponent + fit(rounded.exponent())
}

struct Shown {
    whole: String,
    fraction: String,
    exponent: i32,
    layout: Layout,
}

impl Shown {
    /// Writes the tokens with the digits at their places. Surplus digits are written at the first
    /// place.
    fn write(&self, tokens: &[Token], number: f64) -> String {
        let mut out = String::new();
        let (mut place, mut behind, mut in_exponent) = (0, 0, false);
        let mut is_behind = false;
        for token in tokens {
            match token {
                Token::Literal(text) => out.push_str(text),
                Token::Digit { .. } if in_exponent => {}
                Token::Digit { .. } if is_behind => {
                    out.extend(self.fraction.chars().nth(behind));
                    behind += 1;
                }
                Token::Digit { .. } => {
                    self.write_whole(place, &mut out);
                    place += 1;
                }
                Token::Point => {
                    is_behind = true;
                    out.push('.');
                }
                Token::Percent => out.push('%'),
                Token::Exponent(_) => {
                    in_exponent = true;
                    self.write_exponent(&mut out);
                }
                Token::General => out.push_str(&general(number.abs())),
                Token::Comma
                | Token::Slash
                | Token::Date(..)
                | Token::Elapsed(..)
                | Token::HalfDay(_) => {}
            }
        }
        out
    }

    fn write_whole(&self, place: usize, out: &mut String) {
        // The digit at this place, counted from the point.
        let left = self.layout.whole - place;
        let count = self.whole.len();
        let (from, to) = if place == 0 {
            (0, (count + 1).saturating_sub(left))
        } else {
            (count.saturating_sub(left), (count + 1).saturating_sub(left))
        };
        for (at, digit) in self.whole.char_indices().skip(from).take(to.saturating_sub(from)) {
            out.push(digit);
            let behind = count - at - 1;
            if self.layout.has_groups && behind > 0 && behind.is_multiple_of(3) {
                out.push(',');
            }
        }
    }

    fn write_exponent(&self, out: &mut String) {
        let (digits, plus) = self.layout.exponent.unwrap_or_default();
        out.push('E');
        match self.exponent {
            ..0 => out.push('-'),
            _ if plus => out.push('+'),
            _ => {}
        }
        out.push_str(&format!("{:0digits$}", self.exponent.abs()));
    }
}
