//! Parses calling hours and reports their mistakes.

use jiff::tz::TimeZone;

use super::{CallingHours, Day, HoursZone, TimeOfDay};

/// Parses days of the week: `mon-fri`, `sat,sun`, `fri-mon`, `daily`.
pub fn parse_days(text: &str) -> Result<Vec<Day>, String> {
    let day = |name: &str| {
        Day::read(name.trim()).ok_or_else(|| {
            format!(
                "{:?} is not a day of the week; write mon, tue, wed, thu, fri, sat or sun, \
                 for example mon-fri or sat,sun",
                name.trim()
            )
        })
    };
    if matches!(text.trim(), "daily" | "all") {
        return Ok(Day::ALL.to_vec());
    }
    let mut chosen = [false; 7];
    for part in text.split(',') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(part)?, day(part)?),
        };
        let length = (last as usize + 7 - first as usize) % 7 + 1;
        (0..length).for_each(|step| chosen[(first as usize + step) % 7] = true);
    }
    Ok(Day::ALL.into_iter().filter(|&day| chosen[day as usize]).collect())
}

/// Parses opening and closing time: `09:00-17:00`. `24:00` closes at midnight.
pub fn parse_span(text: &str) -> Result<(TimeOfDay, TimeOfDay), String> {
    let (start, end) = text.split_once('-').ok_or_else(|| {
        format!("{text:?} is not a span of hours; write it as HH:MM-HH:MM, for example 09:00-17:00")
    })?;
    Ok((start.trim().parse()?, parse_closing(end)?))
}

/// Parses a closing time: `17:00`, or `24:00` for midnight.
pub fn parse_closing(text: &str) -> Result<TimeOfDay, String> {
    match text.trim() {
        "24:00" => Ok(TimeOfDay(0)),
        text => text.parse(),
    }
}

impl CallingHours {
    /// All mistakes in these hours, each as a sentence. Empty if the hours are valid.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.days.is_empty() {
            mistakes.push(
                "calling_hours.days is empty, so nobody could ever be called; \
                 name at least one day, for example [\"mon\", \"tue\"]"
                    .to_owned(),
            );
        }
        for (field, time) in [("start", self.start), ("end", self.end)] {
            if time.0 >= 24 * 60 {
                mistakes.push(format!("calling_hours.{field} is past 23:59"));
            }
        }
        if let HoursZone::Named(name) = &self.time_zone
            && TimeZone::get(name).is_err()
        {
            mistakes.push(unknown_zone(name));
        }
        mistakes
    }
}

/// The mistake in the name of a time zone in which a user chose an instant, if there is one.
pub fn zone_mistake(name: &str) -> Option<String> {
    if TimeZone::get(name).is_ok() {
        return None;
    }
    let help = match likeliest(name) {
        Some(known) => format!("did you mean {known}?"),
        None => "write an IANA name such as America/New_York".to_owned(),
    };
    Some(format!("{name:?} is not a known time zone; {help}"))
}

/// The zone whose name is most similar to this one.
fn likeliest(name: &str) -> Option<jiff::tz::TimeZoneName<'static>> {
    jiff::tz::db()
        .available()
        .map(|known| (likeness(name, known.as_str()), known))
        .filter(|&(likeness, _)| likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.as_str().cmp(a.1.as_str())))
        .map(|(_, known)| known)
}

fn unknown_zone(name: &str) -> String {
    let is_recipient = strsim::jaro_winkler(&name.trim().to_lowercase(), "recipient") > 0.9;
    let help = match likeliest(name) {
        _ if is_recipient => "did you mean recipient?".to_owned(),
        Some(known) => format!("did you mean {known}?"),
        None => "write an IANA name such as America/New_York, or recipient".to_owned(),
    };
    format!("calling_hours.time_zone {name:?} is not a known time zone; {help}")
}

/// How similar two zone names are. A city without its continent matches the city.
fn likeness(given: &str, known: &str) -> f64 {
    let fold = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let (given, known) = (fold(given), fold(known));
    let city = known.rsplit('/').next().unwrap_or(&known);
    strsim::jaro_winkler(&given, &known).max(strsim::jaro_winkler(&given, city))
}
