//! Forms with files.

/// A form (RFC 7578): its media type and its body. The field `file` is sent as the file
/// `people.csv`.
pub fn form<T: AsRef<[u8]>>(boundary: &str, fields: &[(&str, T)]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let file = if *name == "file" { "; filename=\"people.csv\"" } else { "" };
        let head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(value.as_ref());
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}
