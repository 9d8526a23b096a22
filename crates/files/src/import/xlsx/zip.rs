//! The parts of a workbook: entries of a ZIP archive (PKWARE APPNOTE 6.3). No library is used,
//! because no part of an upload is trusted: the directory is bounded before it is read, a part is
//! counted while it is inflated, and the reader of a part is owned, so that a sheet can be
//! streamed.

use std::{
    collections::HashMap,
    io::{self, Read, Seek, SeekFrom},
};

use flate2::{Crc, bufread::DeflateDecoder};

use super::{Obstacle, damaged};
use crate::{import::ImportError, preflight::RefusalCode::TooLarge};

/// The most entries of an archive; a workbook has dozens.
const MAX_ENTRIES: u64 = 10_000;

/// The most bytes of an archive's directory.
const MAX_DIRECTORY_BYTES: u64 = 8 << 20;

/// The bytes of the record that ends an archive, and of the longest comment after it.
const END_BYTES: usize = 22;
const MAX_COMMENT_BYTES: u64 = 65_535;

const CHUNK_BYTES: usize = 64 * 1024;

/// The position of an entry, and what it claims to hold.
#[derive(Debug)]
struct Entry {
    offset: u64,
    packed_bytes: u64,
    bytes: u64,
    crc: u32,
    method: u16,
    is_encrypted: bool,
}

/// The entries of an archive by name: in lower case, with `/` between folders.
#[derive(Debug)]
pub(super) struct Archive {
    entries: HashMap<String, Entry>,
}

impl Archive {
    /// Reads the directory at the end of `file`.
    pub(super) fn read<R: Read + Seek>(file: &mut R) -> Result<Archive, ImportError> {
        let directory = locate(file)?;
        if directory.count > MAX_ENTRIES || directory.bytes > MAX_DIRECTORY_BYTES {
            let detail = format!(
                "the workbook has more than {MAX_ENTRIES} parts; save the sheet as CSV UTF-8"
            );
            return Err(ImportError::refused(TooLarge, detail));
        }
        file.seek(SeekFrom::Start(directory.offset))?;
        let mut bytes = Vec::new();
        file.by_ref().take(directory.bytes).read_to_end(&mut bytes)?;
        let mut entries = HashMap::new();
        let mut rest = bytes.as_slice();
        for _ in 0..directory.count {
            let (name, entry, length) = entry(rest).ok_or_else(cut_off)?;
            rest = &rest[length..];
            if entries.insert(name, entry).is_some() {
                return Err(damaged("two of its parts have one name"));
            }
        }
        let archive = Archive { entries };
        archive.check_overlaps(directory.offset)?;
        Ok(archive)
    }

    /// Whether there is a part with this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(&canonical(name))
    }

    /// Whether the name of any part has this ending.
    pub(super) fn has_ending(&self, end: &str) -> bool {
        self.entries.keys().any(|name| name.ends_with(end))
    }

    /// Opens a part, which is unpacked while it is read. Returns an error if the part claims more
    /// than `most` bytes. Reading fails if the part has another size than it claims.
    pub(super) fn open<R: Read + Seek>(
        &self,
        mut file: R,
        name: &str,
        most: u64,
    ) -> Result<Part<R>, ImportError> {
        let entry = self.entries.get(&canonical(name));
        let entry = entry.ok_or_else(|| damaged(&format!("its part {name} is missing")))?;
        if entry.is_encrypted {
            return Err(damaged("it is protected by a password; save it without one"));
        }
        let mut header = [0; 30];
        file.seek(SeekFrom::Start(entry.offset))?;
        file.read_exact(&mut header).map_err(|error| ended(error, cut_off))?;
        if header[..4] != *b"PK\x03\x04" {
            return Err(damaged("a part is not where its directory says"));
        }
        let skip = i64::from(u16_at(&header, 26)) + i64::from(u16_at(&header, 28));
        file.seek(SeekFrom::Current(skip))?;
        let packed = io::BufReader::with_capacity(CHUNK_BYTES, file.take(entry.packed_bytes));
        let packing = match entry.method {
            0 => Packing::Stored(packed),
            8 => Packing::Deflated(DeflateDecoder::new(packed)),
            _ => return Err(damaged("it is packed in an unusual way; save it anew")),
        };
        let (said_bytes, crc) = (entry.bytes, entry.crc);
        if said_bytes > most {
            return Err(too_large(most));
        }
        Ok(Part { packing, said_bytes, crc, sum: Crc::new(), bytes: 0 })
    }

    /// Refuses entries that share bytes: such archives unpack to far more than they hold.
    fn check_overlaps(&self, directory: u64) -> Result<(), ImportError> {
        let mut spans: Vec<(u64, u64)> = self
            .entries
            .values()
            .map(|entry| (entry.offset, entry.packed_bytes.saturating_add(30)))
            .collect();
        spans.sort_unstable();
        let starts = spans.iter().skip(1).map(|span| span.0).chain([directory]);
        let overlap = spans
            .iter()
            .zip(starts)
            .any(|(span, next)| span.0.checked_add(span.1).is_none_or(|end| end > next));
        if overlap { Err(damaged("its parts overlap")) } else { Ok(()) }
    }
}

/// The name under which a part is kept. Names are compared without regard to case (ECMA-376-2
/// §6.2.2.3).
fn canonical(name: &str) -> String {
    name.trim_start_matches('/').replace('\\', "/").to_lowercase()
}

struct Directory {
    offset: u64,
    bytes: u64,
    count: u64,
}

/// Finds the directory by the record that ends the archive (APPNOTE §4.3.16, §4.3.14 for large
/// archives).
fn locate<R: Read + Seek>(file: &mut R) -> Result<Directory, ImportError> {
    let length = file.seek(SeekFrom::End(0))?;
    let tail_bytes = length.min(END_BYTES as u64 + MAX_COMMENT_BYTES + 20);
    file.seek(SeekFrom::Start(length - tail_bytes))?;
    let mut tail = Vec::new();
    file.by_ref().take(tail_bytes).read_to_end(&mut tail)?;
    let is_end = |at: &usize| {
        tail[*at..].starts_with(b"PK\x05\x06")
            && at + END_BYTES + usize::from(u16_at(&tail, at + 20)) <= tail.len()
    };
    let last = tail.len().checked_sub(END_BYTES).ok_or_else(cut_off)?;
    let at = (0..=last).rev().find(is_end).ok_or_else(cut_off)?;
    let small = Directory {
        offset: u64::from(u32_at(&tail, at + 16)),
        bytes: u64::from(u32_at(&tail, at + 12)),
        count: u64::from(u16_at(&tail, at + 10)),
    };
    let locator = at.checked_sub(20).filter(|at| tail[*at..].starts_with(b"PK\x06\x07"));
    let Some(locator) = locator else { return Ok(small) };
    file.seek(SeekFrom::Start(u64_at(&tail, locator + 8)))?;
    let mut record = [0; 56];
    file.read_exact(&mut record).map_err(|error| ended(error, cut_off))?;
    if record[..4] != *b"PK\x06\x06" {
        return Err(cut_off());
    }
    Ok(Directory {
        offset: u64_at(&record, 48),
        bytes: u64_at(&record, 40),
        count: u64_at(&record, 32),
    })
}

/// An entry of the directory (APPNOTE §4.3.12), and its length in the directory.
fn entry(bytes: &[u8]) -> Option<(String, Entry, usize)> {
    let head = bytes.get(..46).filter(|head| head.starts_with(b"PK\x01\x02"))?;
    let size = |at| usize::from(u16_at(head, at));
    let (name_end, extra_end) = (46 + size(28), 46 + size(28) + size(30));
    let length = extra_end + size(32);
    let name = String::from_utf8_lossy(bytes.get(46..name_end)?);
    let extra = bytes.get(name_end..extra_end)?;
    bytes.get(..length)?;
    let mut large = large_fields(extra);
    let mut field = |at| match u32_at(head, at) {
        u32::MAX => large.next(),
        small => Some(u64::from(small)),
    };
    let (said_bytes, packed_bytes, offset) = (field(24)?, field(20)?, field(42)?);
    let entry = Entry {
        offset,
        packed_bytes,
        bytes: said_bytes,
        crc: u32_at(head, 16),
        method: u16_at(head, 10),
        is_encrypted: u16_at(head, 8) & 1 == 1,
    };
    Some((canonical(&name), entry, length))
}

/// The fields that are stored elsewhere because they need eight bytes (APPNOTE §4.5.3).
fn large_fields(mut extra: &[u8]) -> impl Iterator<Item = u64> {
    let mut found: &[u8] = &[];
    while extra.len() >= 4 {
        let end = (4 + usize::from(u16_at(extra, 2))).min(extra.len());
        if u16_at(extra, 0) == 1 {
            found = &extra[4..end];
        }
        extra = &extra[end..];
    }
    found.chunks_exact(8).map(|field| u64_at(field, 0))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes[at..at + 2].iter().rev().fold(0, |all, byte| all << 8 | u16::from(*byte))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().rev().fold(0, |all, byte| all << 8 | u32::from(*byte))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8].iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte))
}

fn too_large(most: u64) -> ImportError {
    let mib = most >> 20;
    let detail = format!(
        "a part of the workbook unpacks to more than {mib} MiB; remove what is not needed in it, \
         or save the sheet as CSV UTF-8 and upload that"
    );
    ImportError::refused(TooLarge, detail)
}

fn cut_off() -> ImportError {
    damaged("it is cut off")
}

/// `otherwise` if the file is too short; otherwise the file could not be read.
fn ended(error: io::Error, otherwise: fn() -> ImportError) -> ImportError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => otherwise(),
        _ => ImportError::Read(error),
    }
}

enum Packing<R> {
    Stored(io::BufReader<io::Take<R>>),
    Deflated(DeflateDecoder<io::BufReader<io::Take<R>>>),
}

/// A part that is being unpacked. Its errors hold an [`Obstacle`] unless the file itself failed.
pub(super) struct Part<R> {
    packing: Packing<R>,
    said_bytes: u64,
    crc: u32,
    sum: Crc,
    bytes: u64,
}

impl<R: Read> Read for Part<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.packing {
            Packing::Stored(bytes) => bytes.read(out),
            Packing::Deflated(bytes) => bytes.read(out),
        };
        let read = read.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
                Obstacle::damaged("a part cannot be unpacked").into()
            }
            _ => error,
        })?;
        self.bytes += read as u64;
        self.sum.update(&out[..read]);
        if self.bytes > self.said_bytes {
            return Err(Obstacle::damaged("a part of it is longer than it says").into());
        }
        let is_over = read == 0 && !out.is_empty();
        if is_over && (self.bytes != self.said_bytes || self.sum.sum() != self.crc) {
            return Err(Obstacle::damaged("the checksum of a part is wrong").into());
        }
        Ok(read)
    }
}
