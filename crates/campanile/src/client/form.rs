//! A form with fields and one file, as multipart/form-data (RFC 7578).

use std::{
    fs::File,
    io::{Cursor, Read},
};

use anyhow::Context as _;

/// A file to send.
pub struct Upload {
    /// The file's name.
    pub name: String,
    /// The file's content.
    pub content: File,
}

/// An encoded form.
pub(super) struct Form {
    /// The form's media type.
    pub kind: String,
    /// The form's length in bytes. `None` if the length of the file is unknown.
    pub length: Option<u64>,
    /// The form's bytes.
    pub body: Box<dyn Read + Send + Sync>,
}

impl Form {
    pub fn new(fields: &[(&str, String)], file: Upload) -> anyhow::Result<Form> {
        let boundary = format!("campanile-{}", random()?);
        let mut head = String::new();
        for (name, value) in fields {
            head += &format!(
                "--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        let file_name = file.name.replace(['"', '\r', '\n', '\\'], "_");
        head += &format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; \
             filename=\"{file_name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let metadata = file.content.metadata().context("cannot read the file")?;
        let length = (head.len() + tail.len()) as u64 + metadata.len();
        let body = Cursor::new(head.into_bytes())
            .chain(file.content)
            .chain(Cursor::new(tail.into_bytes()));
        Ok(Form {
            kind: format!("multipart/form-data; boundary={boundary}"),
            length: metadata.is_file().then_some(length),
            body: Box::new(body),
        })
    }
}

/// 128 random bits in hexadecimal.
pub(super) fn random() -> anyhow::Result<String> {
    let bits = || getrandom::u64().context("the system has no randomness");
    Ok(format!("{:016x}{:016x}", bits()?, bits()?))
}
