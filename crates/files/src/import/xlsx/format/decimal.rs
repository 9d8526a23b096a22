//! A number as spreadsheets see it: fifteen decimal digits, rounded half away from zero.

/// The absolute value of a number. The caller shows the sign.
#[derive(Debug, Clone)]
pub(super) struct Decimal {
    /// Digits from 0 to 9, without leading zeros. Empty for zero.
    digits: Vec<u8>,
    /// How many digits precede the point. Negative if zeros follow the point first.
    point: i32,
}

impl Decimal {
    /// The absolute value of a finite number.
    pub(super) fn new(number: f64) -> Decimal {
        let written = format!("{:.14e}", number.abs());
        let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
        let mut digits: Vec<u8> =
            mantissa.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let point = if digits.is_empty() { 0 } else { exponent.parse().unwrap_or(0) + 1 };
        Decimal { digits, point }
    }

    /// Whether the value is zero.
    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The exponent of the first digit.
    pub(super) fn exponent(&self) -> i32 {
        if self.is_zero() { 0 } else { self.point - 1 }
    }

    /// The value times ten to the power of `by`.
    pub(super) fn shifted(mut self, by: i32) -> Decimal {
        if !self.is_zero() {
            self.point += by;
        }
        self
    }

    /// The value rounded to this many places after the point.
    pub(super) fn rounded(mut self, places: i32) -> Decimal {
        let Ok(keep) = usize::try_from(self.point + places) else {
            return Decimal { digits: Vec::new(), point: 0 };
        };
        if keep >= self.digits.len() {
            return self;
        }
        let mut carry = self.digits[keep] >= 5;
        self.digits.truncate(keep);
        for digit in self.digits.iter_mut().rev() {
            if carry {
                carry = *digit == 9;
                *digit = if carry { 0 } else { *digit + 1 };
            }
        }
        if carry {
            self.digits.insert(0, 1);
            self.point += 1;
        }
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
        self
    }

    /// The digits before the point, without leading zeros. Empty for a value below one.
    pub(super) fn whole(&self) -> String {
        (0..self.point).map(|at| self.digit(at)).collect()
    }

    /// The digits after the point, without trailing zeros.
    pub(super) fn fraction(&self) -> String {
        (self.point.min(0)..self.digits.len() as i32 - self.point.max(0))
            .map(|at| self.digit(at + self.point.max(0)))
            .collect()
    }

    /// The digit at a position counted from the first digit; zero beyond the digits.
    fn digit(&self, at: i32) -> char {
        let digit = usize::try_from(at).ok().and_then(|at| self.digits.get(at));
        char::from(b'0' + digit.copied().unwrap_or(0))
    }
}

/// A number without a format: as a whole number or with decimals while it fits into eleven
/// characters, otherwise with an exponent.
pub(super) fn general(number: f64) -> String {
    let size = Decimal::new(number);
    let places = if size.exponent() >= 0 { (9 - size.exponent()).max(0) } else { 9 };
    let fits = match size.exponent() {
        -4..=10 => true,
        -9..=-5 => size.fraction().len() <= 9,
        _ => false,
    };
    let rounded = size.clone().rounded(places);
    let shown = if fits && rounded.exponent() <= 10 {
        let whole = rounded.whole();
        joined(if whole.is_empty() { "0" } else { &whole }, &rounded.fraction())
    } else {
        let exponent = size.exponent();
        let mantissa = size.shifted(-exponent).rounded(5);
        // 9.999995 becomes 10.
        let exponent = exponent + mantissa.exponent();
        let by = mantissa.exponent();
        let mantissa = mantissa.shifted(-by);
        let sign = if exponent < 0 { '-' } else { '+' };
        let mantissa = joined(&mantissa.whole(), &mantissa.fraction());
        format!("{mantissa}E{sign}{:02}", exponent.abs())
    };
    if number < 0.0 && shown != "0" { format!("-{shown}") } else { shown }
}

fn joined(whole: &str, fraction: &str) -> String {
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}
