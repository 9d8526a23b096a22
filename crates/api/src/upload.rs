//! A form with a file: the fields as a document, the file on disk.

use std::io::{Seek as _, Write as _};

use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request, multipart::Field as Part},
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    app::{App, Limits},
    fields::{self, Field, Kind, Mistake},
    problem::Problem,
};

/// The longest field beside the file, in bytes.
const MAX_FIELD_BYTES: usize = 64 << 10;

/// The most fields of a form.
const MAX_FIELDS: usize = 50;

/// A form that was received whole.
pub struct Form {
    /// Its fields but the file.
    pub document: Value,
    /// Its file, if it has one.
    pub file: Option<UploadedFile>,
    /// What tells its content from another's, whatever its boundary.
    pub print: [u8; 32],
    /// What is already known to be wrong with it.
    pub mistakes: Vec<Mistake>,
}

/// A file on disk that goes away with this value.
pub struct UploadedFile {
    /// The name that the client gave it.
    pub name: String,
    /// Its content, read from the start.
    pub content: std::fs::File,
}

/// Receives a form whose fields are named in `table`, beside `file`.
pub async fn receive(app: &App, request: Request, table: &[Field]) -> Result<Form, Problem> {
    let mut parts = Multipart::from_request(request, &()).await.map_err(|error| {
        Problem::unsupported_media(format!(
            "Send a form with the file as multipart/form-data: {}.",
            error.body_text()
        ))
    })?;
    let (mut document, mut file) = (Map::new(), None);
    let mut prints: Vec<(String, [u8; 32])> = Vec::new();
    let mut mistakes = Vec::new();
    for count in 0.. {
        let Some(part) = parts.next_field().await.map_err(broken)? else { break };
        let name = part.name().unwrap_or_default().to_owned();
        if count >= MAX_FIELDS {
            return Err(Problem::too_large(format!("A form may have {MAX_FIELDS} fields.")));
        }
        if document.contains_key(&name) || (name == "file" && file.is_some()) {
            mistakes.push(Mistake::new(fields::join("", &name), "is there twice; send it once"));
        } else if name == "file" {
            let (spooled, print) = spool(&app.limits, part).await?;
            prints.push((name, print));
            file = Some(spooled);
        } else {
            let text = read_text(part).await?;
            prints.push((name.clone(), Sha256::digest(&text).into()));
            let kind = table.iter().find(|field| field.name == name).map(|field| field.kind);
            document.insert(name, fields::from_form(text, kind.unwrap_or(Kind::Boolean)));
        }
    }
    prints.sort();
    let mut print = Sha256::new();
    for (name, hash) in prints {
        print.update(name.as_bytes());
        print.update([0]);
        print.update(hash);
    }
    Ok(Form { document: Value::Object(document), file, print: print.finalize().into(), mistakes })
}

async fn read_text(mut part: Part<'_>) -> Result<String, Problem> {
    let name = part.name().unwrap_or_default().to_owned();
    let mut text = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        if text.len() + chunk.len() > MAX_FIELD_BYTES {
            let words = format!("The field {name:?} is longer than {MAX_FIELD_BYTES} bytes.");
            return Err(Problem::too_large(words));
        }
        text.extend_from_slice(&chunk);
    }
    String::from_utf8(text)
        .map_err(|_| Problem::unreadable(format!("The field {name:?} is not UTF-8.")))
}

async fn spool(limits: &Limits, mut part: Part<'_>) -> Result<(UploadedFile, [u8; 32]), Problem> {
    let name = part.file_name().unwrap_or("file").chars().take(200).collect();
    let mut content = tempfile::tempfile_in(&limits.upload_dir).map_err(Problem::internal)?;
    let (mut hash, mut size) = (Sha256::new(), 0);
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        size += chunk.len() as u64;
        if size > limits.max_upload_bytes {
            return Err(Problem::too_large(format!(
                "The file is larger than {} bytes; split it, or raise max_upload_bytes.",
                limits.max_upload_bytes
            )));
        }
        hash.update(&chunk);
        content = write(content, chunk).await?;
    }
    content.rewind().map_err(Problem::internal)?;
    Ok((UploadedFile { name, content }, hash.finalize().into()))
}

async fn write(mut file: std::fs::File, chunk: Bytes) -> Result<std::fs::File, Problem> {
    let written = tokio::task::spawn_blocking(move || file.write_all(&chunk).map(|()| file));
    written.await.map_err(Problem::internal)?.map_err(Problem::internal)
}

fn broken(error: axum::extract::multipart::MultipartError) -> Problem {
    Problem::unreadable(format!("The form cannot be read: {}.", error.body_text()))
}
