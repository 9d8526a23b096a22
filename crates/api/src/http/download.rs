//! Downloads with readable file names.

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};

/// The media type of CSV.
pub const CSV: &str = "text/csv; charset=utf-8";

/// The media type of XLSX.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The most characters of the thing's name in a file name.
const MAX_NAME: usize = 100;

/// A file download. The file name combines the thing's `name` and `what`, which ends in the
/// extension.
pub fn file(kind: &'static str, (name, what): (&str, &str), body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, disposition(&file_name(name, what))),
    ];
    (headers, body).into_response()
}

/// A file name that is valid on every file system.
fn file_name(name: &str, what: &str) -> String {
    let forbidden = |c: char| c.is_control() || "/\\:*?\"<>|%".contains(c);
    let kept: String =
        name.chars().take(MAX_NAME).map(|c| if forbidden(c) { '_' } else { c }).collect();
    match kept.trim_matches(|c: char| c == '.' || c.is_whitespace()) {
        "" => what.to_owned(),
        kept => format!("{kept} {what}"),
    }
}

/// The `Content-Disposition` value (RFC 6266): the name in ASCII for old clients, and in UTF-8 (RFC
/// 8187).
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
