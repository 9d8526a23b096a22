//! Dates and times in a section of a number format.

use jiff::civil::Date;

use super::code::{DatePart, Token};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The first number after the last day of a spreadsheet, 31 December 9999.
const END: f64 = 2_958_466.0;

/// The parts of a number of days.
struct Moment {
    year: i16,
    month: usize,
    day: i8,
    weekday: usize,
    /// The time since midnight, in the smallest displayed unit.
    ticks: u64,
    ticks_per_second: u64,
    days: u64,
    has_half_days: bool,
}

/// The text of `days` since 1900, as spreadsheets count them. `None` if there is no such day.
pub(super) fn show(tokens: &[Token], days: f64) -> Option<String> {
    let moment = Moment::new(tokens, days)?;
    let mut out = String::new();
    let mut behind_seconds = false;
    let mut tokens = tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            Token::Literal(text) => out.push_str(text),
            Token::Date(part, letters) => moment.write(*part, *letters, &mut out),
            Token::Elapsed(part, letters) => moment.write_elapsed(*part, *letters, &mut out),
            Token::HalfDay(is_long) => out.push_str(moment.half_day(*is_long)),
            Token::Point => {
                out.push('.');
                let is_digit = |token: &&Token| matches!(token, Token::Digit { .. });
                let mut places = 0;
                while behind_seconds && tokens.next_if(is_digit).is_some() {
                    places += 1;
                }
                if places > 0 {
                    let fraction = moment.ticks % moment.ticks_per_second;
                    out.push_str(&format!("{fraction:0places$}"));
                }
            }
            Token::Comma => out.push(','),
            Token::Slash => out.push('/'),
            Token::Percent => out.push('%'),
            Token::Digit { .. } | Token::Exponent(_) | Token::General => {}
        }
        behind_seconds =
            matches!(token, Token::Date(DatePart::Second, _) | Token::Elapsed(DatePart::Second, _));
    }
    Some(out)
}

/// The number of displayed digits of a second.
fn second_places(tokens: &[Token]) -> u32 {
    let at = tokens.windows(2).position(|pair| {
        let seconds = matches!(
            pair[0],
            Token::Date(DatePart::Second, _) | Token::Elapsed(DatePart::Second, _)
        );
        seconds && pair[1] == Token::Point
    });
    let digits = at.map_or(&[][..], |at| &tokens[at + 2..]);
    digits.iter().take_while(|token| matches!(token, Token::Digit { .. })).take(9).count() as u32
}

impl Moment {
    fn new(tokens: &[Token], days: f64) -> Option<Moment> {
        if !(0.0..END).contains(&days) {
            return None;
        }
        let ticks_per_second = 10_u64.pow(second_places(tokens));
        let ticks_per_day = 86_400 * ticks_per_second;
        let mut day = days.floor();
        let mut ticks = ((days - day) * ticks_per_day as f64).round() as u64;
        if ticks >= ticks_per_day {
            day += 1.0;
            ticks = 0;
        }
        let (year, month, day_of_month) = date(day as i32)?;
        Some(Moment {
            year,
            month,
            day: day_of_month,
            weekday: (day as usize + 6) % 7,
            ticks,
            ticks_per_second,
            days: day as u64,
            has_half_days: tokens.iter().any(|token| matches!(token, Token::HalfDay(_))),
        })
    }

    fn seconds(&self) -> u64 {
        self.ticks / self.ticks_per_second
    }

    fn write(&self, part: DatePart, letters: usize, out: &mut String) {
        let (value, least) = match (part, letters) {
            (DatePart::Year, 1 | 2) => (i64::from(self.year % 100), 2),
            (DatePart::Year, _) => (i64::from(self.year), 4),
            (DatePart::Month, 3..) => {
                let name = MONTHS[self.month - 1];
                let kept = match letters {
                    3 => 3,
                    5 => 1,
                    _ => name.len(),
                };
                return out.push_str(&name[..kept]);
            }
            (DatePart::Day, 3..) => {
                let name = DAYS[self.weekday];
                return out.push_str(if letters == 3 { &name[..3] } else { name });
            }
            (DatePart::Month, _) => (self.month as i64, letters),
            (DatePart::Day, _) => (i64::from(self.day), letters),
            (DatePart::Hour, _) => (self.hour() as i64, letters.min(2)),
            (DatePart::Minute, _) => ((self.seconds() / 60 % 60) as i64, letters.min(2)),
            (DatePart::Second, _) => ((self.seconds() % 60) as i64, letters.min(2)),
        };
        out.push_str(&format!("{value:0least$}"));
    }

    fn hour(&self) -> u64 {
        let hour = self.seconds() / 3_600;
        if self.has_half_days { (hour + 11) % 12 + 1 } else { hour }
    }

    fn half_day(&self, is_long: bool) -> &'static str {
        match (self.seconds() / 3_600 < 12, is_long) {
            (true, true) => "AM",
            (true, false) => "A",
            (false, true) => "PM",
            (false, false) => "P",
        }
    }

    fn write_elapsed(&self, part: DatePart, letters: usize, out: &mut String) {
        let seconds = self.days * 86_400 + self.seconds();
        let value = match part {
            DatePart::Hour => seconds / 3_600,
            DatePart::Minute => seconds / 60,
            DatePart::Second | DatePart::Year | DatePart::Month | DatePart::Day => seconds,
        };
        out.push_str(&format!("{value:0letters$}"));
    }
}

/// The year, month and day of a day number. Spreadsheets take 1900 for a leap year: 60 is 29
/// February 1900, which never existed, and the days before it are off by one; 0 is the day before
/// the first.
fn date(number: i32) -> Option<(i16, usize, i8)> {
    match number {
        0 => return Some((1900, 1, 0)),
        60 => return Some((1900, 2, 29)),
        _ => {}
    }
    let days = if number < 60 { number } else { number - 1 };
    let eve = Date::new(1899, 12, 31).ok()?;
    let date = eve.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    Some((date.year(), date.month() as usize, date.day()))
}
