//! Files to download, under names that people gave.

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};

/// The type of a CSV.
pub const CSV: &str = "text/csv; charset=utf-8";

/// The type of a workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The longest beginning of a file's name, in characters.
const MAX_NAME: usize = 100;

/// A file to download: `name` is what people call the thing, `what` tells the file from others of
/// the same thing, with its ending.
pub fn file(kind: &'static str, (name, what): (&str, &str), body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, disposition(&file_name(name, what))),
    ];
    (headers, body).into_response()
}

/// A name that every file system takes.
fn file_name(name: &str, what: &str) -> String {
    let forbidden = |c: char| c.is_control() || "/\\:*?\"<>|%".contains(c);
    let kept: String =
        name.chars().take(MAX_NAME).map(|c| if forbidden(c) { '_' } else { c }).collect();
    match kept.trim_matches(|c: char| c == '.' || c.is_whitespace()) {
        "" => what.to_owned(),
        kept => format!("{kept} {what}"),
    }
}

/// The header that names a file (RFC 6266): once in letters that every client reads, and once as it
/// is (RFC 8187).
fn disposition(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    if plain == name {
        return format!("attachment; filename=\"{plain}\"");
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte);
    let encoded = |byte: u8| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    let encoded: String = name.bytes().map(encoded).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_name_of_its_thing() {
        let named = |name| disposition(&file_name(name, "report.csv"));
        assert_eq!(named("June reminders"), "attachment; filename=\"June reminders report.csv\"");
        assert_eq!(named("a/b\\c:\"d\"\n"), "attachment; filename=\"a_b_c__d__ report.csv\"");
        assert_eq!(named(" .. "), "attachment; filename=\"report.csv\"");
        assert_eq!(
            named("Müller & Söhne"),
            "attachment; filename=\"M_ller & S_hne report.csv\"; \
             filename*=UTF-8''M%C3%BCller%20&%20S%C3%B6hne%20report.csv"
        );
        assert_eq!(named(&"x".repeat(300)).len(), 150 - 16);
    }
}
