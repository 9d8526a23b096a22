//! Receives the content of a batch: a form with a file, whose fields become a JSON document, or a
//! JSON body.

use std::{
    io::{self, Seek as _, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Multipart, Request, multipart::Field as Part},
    http::header,
};
use campanile_service::{
    batches::{People, Submission},
    fields::{self, Field, Kind, Mistake},
};
use futures::{StreamExt as _, stream};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    app::{App, Limits},
    http::{
        auth::Caller,
        body::{MAX_LIST_BYTES, is_form, kind_of, read_body},
        guard::FilePlace,
        problem::Problem,
        recipients::{self, Recipients},
    },
};

/// The longest field of a form besides the file, in bytes.
const MAX_FIELD_BYTES: usize = 64 << 10;

/// A field with at most this many bytes may be a path that was sent by mistake instead of the file.
const MAX_PATH_BYTES: u64 = 4_096;

/// The most fields of a form.
const MAX_FIELDS: usize = 50;

/// The most bytes that the form parser may buffer: headers and boundaries around the fields.
const MAX_HELD_BYTES: u64 = 1 << 20;

/// A form, or a JSON body, that was received completely.
pub struct Form {
    /// The fields without the recipients.
    pub document: Value,
    /// The file or the recipients. `None` if they have a mistake.
    pub content: Option<Content>,
    /// A hash of the content that does not depend on the form's boundary.
    pub print: [u8; 32],
    /// The mistakes found so far.
    pub mistakes: Vec<Mistake>,
    /// The slot of the upload.
    pub place: FilePlace,
}

/// The content of a form or of a JSON body besides its fields.
pub enum Content {
    /// The file of a form.
    File(UploadedFile),
    /// The recipients of a JSON body.
    List(Recipients),
}

impl Form {
    /// What was sent to create a batch or to validate one, and the slot of the upload.
    pub fn submission(self) -> (Submission, FilePlace) {
        let Form { document, content, mistakes, place, .. } = self;
        let people = content.map(|content| match content {
            Content::File(file) => People::of_file(file.name, file.content),
            Content::List(recipients) => {
                let count = recipients.len();
                People::listed(recipients.table(), count)
            }
        });
        (Submission { document, people, mistakes }, place)
    }

    /// The fields and the file of a form.
    pub fn file(self, table: &[Field]) -> Result<(Value, UploadedFile), Problem> {
        let Form { document, content, mut mistakes, .. } = self;
        mistakes.extend(fields::check(&document, table));
        match content {
            Some(Content::File(file)) if mistakes.is_empty() => Ok((document, file)),
            Some(Content::File(_) | Content::List(_)) | None => Err(Problem::invalid(mistakes)),
        }
    }
}

/// An uploaded file on disk. Dropping it deletes the file.
pub struct UploadedFile {
    /// The file name from the client.
    pub name: String,
    /// The file's content, positioned at its start.
    pub content: std::fs::File,
}

/// Receives a form or a JSON body. `table` names its fields besides `file` or `recipients`.
pub async fn receive(
    (app, caller): (&App, &Caller),
    request: Request,
    table: &[Field],
) -> Result<Form, Problem> {
    if is_form(request.headers()) {
        return receive_form((app, caller), request, table).await;
    }
    receive_list((app, caller), request, table).await
}

/// Receives a JSON body. `table` names its members besides `recipients`.
pub async fn receive_list(
    (app, caller): (&App, &Caller),
    request: Request,
    table: &[Field],
) -> Result<Form, Problem> {
    let place = app.guards.files.take(caller.workspace)?;
    let kind = kind_of(request.headers());
    if kind != "application/json" {
        return Err(Problem::unsupported_media(format!(
            "The body is of type {kind:?}; send a form with the file as multipart/form-data, or \
             JSON with recipients as application/json."
        )));
    }
    let body = read_body(request, MAX_LIST_BYTES).await?;
    let recipients::Body { document, recipients, mistakes } = recipients::Body::read(&body, table)?;
    let content = recipients.map(Content::List);
    Ok(Form { document, content, print: [0; 32], mistakes, place })
}

/// The file that a form should have.
pub struct Wanted {
    /// The advice if the file is missing.
    pub advice: &'static str,
    /// The largest size, in bytes.
    pub max_bytes: u64,
    /// The advice if the file is larger.
    pub smaller: &'static str,
}

impl Wanted {
    /// A file of recipients.
    pub fn people(limits: &Limits) -> Wanted {
        Wanted {
            advice: "send a CSV or an XLSX with a phone_number column",
            max_bytes: limits.max_upload_bytes,
            smaller: "split it, or raise max_upload_bytes",
        }
    }

    fn too_large(&self) -> Problem {
        let Wanted { max_bytes, smaller, .. } = self;
        Problem::too_large(format!("The file is larger than {max_bytes} bytes; {smaller}."))
    }
}

/// Receives a form. `table` names its fields besides `file`.
pub async fn receive_form(
    asked: (&App, &Caller),
    request: Request,
    table: &[Field],
) -> Result<Form, Problem> {
    receive_file(asked, request, (table, Wanted::people(&asked.0.limits))).await
}

/// Receives a form with a file of any kind. A table names its other fields.
pub async fn receive_file(
    (app, caller): (&App, &Caller),
    request: Request,
    (table, wanted): (&[Field], Wanted),
) -> Result<Form, Problem> {
    let place = app.guards.files.take(caller.workspace)?;
    let most = wanted.max_bytes.saturating_add((MAX_FIELDS * MAX_FIELD_BYTES) as u64);
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|n| n.to_str().ok());
    if length.and_then(|n| n.parse::<u64>().ok()).is_some_and(|length| length > most) {
        return Err(wanted.too_large());
    }
    let gauge = Gauge::default();
    let request = gauge.watch(request);
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
            // A duplicate field fails at once, without reading its content.
            let mistake = Mistake::new(fields::join("", &name), "is there twice; send it once");
            return Err(Problem::invalid(vec![mistake]));
        } else if name == "file" {
            let (spooled, print, path) = spool((&app.limits, &wanted), part, &gauge).await?;
            prints.push((name, print));
            match path {
                Some(path) => mistakes.push(Mistake::new("/file", words_for(&path))),
                None => file = Some(spooled),
            }
        } else {
            let is_json = part.content_type().is_some_and(|kind| {
                kind.split(';').next().unwrap_or_default().trim() == "application/json"
            });
            let text = read_text(part, &gauge).await?;
            prints.push((name.clone(), Sha256::digest(&text).into()));
            let kind = table.iter().find(|field| field.name == name).map(|field| field.kind);
            let read = if is_json { fields::from_json_form } else { fields::from_form };
            document.insert(name, read(text, kind.unwrap_or(Kind::Boolean)));
        }
    }
    if file.is_none() && mistakes.is_empty() {
        mistakes.push(Mistake::new("/file", format!("is missing; {}", wanted.advice)));
    }
    prints.sort();
    let mut print = Sha256::new();
    for (name, hash) in prints {
        print.update(name.as_bytes());
        print.update([0]);
        print.update(hash);
    }
    let document = fields::without_nulls(Value::Object(document));
    let content = file.map(Content::File);
    Ok(Form { document, content, print: print.finalize().into(), mistakes, place })
}

async fn read_text(mut part: Part<'_>, gauge: &Gauge) -> Result<String, Problem> {
    let name = part.name().unwrap_or_default().to_owned();
    let mut text = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        gauge.given(&chunk);
        if text.len() + chunk.len() > MAX_FIELD_BYTES {
            let words = format!("The field {name:?} is longer than {MAX_FIELD_BYTES} bytes.");
            return Err(Problem::too_large(words));
        }
        text.extend_from_slice(&chunk);
    }
    String::from_utf8(text)
        .map_err(|_| Problem::unreadable(format!("The field {name:?} is not UTF-8.")))
}

async fn spool(
    (limits, wanted): (&Limits, &Wanted),
    mut part: Part<'_>,
    gauge: &Gauge,
) -> Result<(UploadedFile, [u8; 32], Option<String>), Problem> {
    // A field without a file name may hold the path of the file instead of the file.
    let mut text = part.file_name().is_none().then(Vec::new);
    let name = part.file_name().unwrap_or("file").chars().take(200).collect();
    let content = tempfile::tempfile_in(&limits.upload_dir);
    let mut content = content.map_err(|error| Problem::of_file(&error))?;
    let (mut hash, mut size) = (Sha256::new(), 0);
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        gauge.given(&chunk);
        size += chunk.len() as u64;
        if size > wanted.max_bytes {
            return Err(wanted.too_large());
        }
        hash.update(&chunk);
        match &mut text {
            Some(head) if size <= MAX_PATH_BYTES => head.extend_from_slice(&chunk),
            _ => text = None,
        }
        content = write(content, chunk).await?;
    }
    content.rewind().map_err(|error| Problem::of_file(&error))?;
    let path = text.and_then(|text| String::from_utf8(text).ok()).filter(|text| is_line(text));
    Ok((UploadedFile { name, content }, hash.finalize().into(), path))
}

/// Whether a text is one line. A file of recipients has at least a header and a row.
fn is_line(text: &str) -> bool {
    let line = text.trim_end_matches(['\r', '\n']);
    !line.is_empty() && !line.contains(['\r', '\n'])
}

/// The message for a path that was sent instead of the file.
fn words_for(path: &str) -> String {
    let path = path.trim();
    format!(
        "is the text {path:?}, not a file; with curl the name needs an @ in front: -F file=@{path}"
    )
}

async fn write(mut file: std::fs::File, chunk: Bytes) -> Result<std::fs::File, Problem> {
    let written = tokio::task::spawn_blocking(move || file.write_all(&chunk).map(|()| file));
    written.await.map_err(Problem::internal)?.map_err(|error| Problem::of_file(&error))
}

fn broken(error: axum::extract::multipart::MultipartError) -> Problem {
    let words = error.body_text();
    Problem::unreadable(format!(
        "The form cannot be read, perhaps because it is cut off ({words}); send it again, whole."
    ))
}

/// Counts how many bytes the form parser buffers. The parser has no limit of its own: it reads all
/// available bytes, and buffers a header or a boundary without an end forever.
#[derive(Clone, Default)]
struct Gauge {
    /// Bytes that went into the parser minus bytes that came out.
    held: Arc<AtomicU64>,
}

impl Gauge {
    /// Wraps the body of a request so that it arrives chunk by chunk, and fails if the parser
    /// buffers too much.
    fn watch(&self, request: Request) -> Request {
        let held = self.held.clone();
        request.map(|body| {
            let taken = stream::unfold((body.into_data_stream(), held), |(mut body, held)| async {
                // The parser reads until the body is pending, and takes a body that ends meanwhile
                // for a truncated one. Therefore yield before the end as well.
                tokio::task::yield_now().await;
                let chunk = body.next().await?.map_err(io::Error::other);
                let chunk = chunk.and_then(|chunk| {
                    let before = held.fetch_add(chunk.len() as u64, Ordering::Relaxed);
                    match before > MAX_HELD_BYTES {
                        true => Err(io::Error::other("too much stands between the fields")),
                        false => Ok(chunk),
                    }
                });
                Some((chunk, (body, held)))
            });
            Body::from_stream(taken)
        })
    }

    /// Counts bytes that came out of the parser.
    fn given(&self, chunk: &Bytes) {
        self.held.fetch_sub(chunk.len() as u64, Ordering::Relaxed);
    }
}
