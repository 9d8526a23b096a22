//! XML as workbooks use it: tokens in bounded memory, without declarations or expansion.

use std::{
    borrow::Cow,
    io::{self, BufRead, BufReader, Read},
};

use quick_xml::{
    Error, Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
};

use super::{Obstacle, damaged};
use crate::{import::ImportError, preflight::RefusalCode::TooLarge};

/// The longest token: a tag with its attributes, or the text between two tags.
const MAX_TOKEN_BYTES: usize = 1 << 20;

/// The deepest nesting of elements; a workbook has about twelve levels.
const MAX_DEPTH: u32 = 100;

/// A part of a workbook as XML. An element without content is reported as a start and an end.
pub(super) struct Xml<R: Read> {
    reader: Reader<Budget<R>>,
    token: Vec<u8>,
    depth: u32,
}

impl<R: Read> Xml<R> {
    /// Reads the XML of `part`.
    pub(super) fn new(part: R) -> Xml<R> {
        let inner = BufReader::with_capacity(64 * 1024, part);
        let mut reader = Reader::from_reader(Budget { inner, left: MAX_TOKEN_BYTES });
        reader.config_mut().expand_empty_elements = true;
        Xml { reader, token: Vec::new(), depth: 0 }
    }

    /// The next token; `Eof` at the end.
    pub(super) fn next(&mut self) -> Result<Event<'_>, ImportError> {
        self.token.clear();
        self.reader.get_mut().left = MAX_TOKEN_BYTES;
        let event = self.reader.read_event_into(&mut self.token).map_err(broken)?;
        match &event {
            Event::Start(_) if self.depth == MAX_DEPTH => {
                return Err(damaged("its elements are nested too deeply"));
            }
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Eof if self.depth > 0 => return Err(damaged("a part of it is cut off")),
            // No part declares entities (ECMA-376-2 §6.2.4).
            Event::DocType(_) => return Err(damaged("it declares a document type")),
            _ => {}
        }
        Ok(event)
    }
}

/// The text of an event. Empty if the event is not text.
pub(super) fn text<'a>(event: &'a Event<'_>) -> Result<Cow<'a, str>, ImportError> {
    match event {
        Event::Text(text) => Ok(text.xml10_content()),
        Event::CData(text) => Ok(text.xml10_content()),
        Event::GeneralRef(name) => reference(name),
        _ => Ok(Cow::Borrowed("")),
    }
}

fn reference<'a>(name: &'a BytesRef<'_>) -> Result<Cow<'a, str>, ImportError> {
    let unknown = || damaged("it has a reference to something that is not declared");
    match name.resolve_char_ref().map_err(|_| unknown())? {
        Some(character) => Ok(character.to_string().into()),
        None => resolve_predefined_entity(name).map(Cow::Borrowed).ok_or_else(unknown),
    }
}

/// Calls `with` for each attribute, with its name without a prefix.
pub(super) fn attributes<'a>(
    tag: &'a BytesStart<'_>,
    mut with: impl FnMut(&'a str, Cow<'a, str>),
) -> Result<(), ImportError> {
    let wrong = || damaged("it has a tag that cannot be read");
    // A check for repeated attributes would take quadratic time.
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| wrong())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| wrong())?;
        with(attribute.key.local_name().into_inner(), value);
    }
    Ok(())
}

/// The attribute with this name, if there is one.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, ImportError> {
    let mut found = None;
    attributes(tag, |key, value| {
        if key == name {
            found = Some(value.into_owned());
        }
    })?;
    Ok(found)
}

fn broken(error: Error) -> ImportError {
    match error {
        Error::Io(error) => from_io(&error),
        Error::Syntax(_)
        | Error::IllFormed(_)
        | Error::InvalidAttr(_)
        | Error::Encoding(_)
        | Error::Escape(_)
        | Error::Namespace(_) => damaged("a part of it is no proper XML"),
    }
}

/// The obstacle, or the failure of the file itself.
fn from_io(error: &io::Error) -> ImportError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Obstacle>()) {
        Some(obstacle) => obstacle.clone().into(),
        None => ImportError::Read(io::Error::new(error.kind(), error.to_string())),
    }
}

/// Limits the number of bytes of a token.
struct Budget<R> {
    inner: BufReader<R>,
    left: usize,
}

impl<R: Read> Read for Budget<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let read = available.len().min(out.len());
        out[..read].copy_from_slice(&available[..read]);
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Budget<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            let detail = "a text or a tag in the workbook is longer than 1 MiB; shorten it";
            return Err(Obstacle { code: TooLarge, detail: detail.to_owned() }.into());
        }
        let available = self.inner.fill_buf()?;
        Ok(&available[..available.len().min(self.left)])
    }

    fn consume(&mut self, bytes: usize) {
        self.left -= bytes.min(self.left);
        self.inner.consume(bytes);
    }
}
