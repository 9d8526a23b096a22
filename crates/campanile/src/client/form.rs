//! A form of fields and one file, as multipart/form-data (RFC 7578).

use std::{
    fs::File,
    io::{Cursor, Read},
};

use anyhow::Context as _;

/// A file to send.
pub struct Upload {
    /// Its name, for people.
    pub name: String,
    /// Its content.
    pub content: File,
}

/// A form that is ready to be sent.
pub(super) struct Form {
    /// Its media type.
    pub kind: String,
    /// Its length in bytes; none when the file does not tell its own.
    pub length: Option<u64>,
    /// Its bytes.
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
