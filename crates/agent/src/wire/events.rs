//! Server-sent events, which arrive in pieces of any length.

/// The longest line of an event, in bytes.
const MAX_LINE: usize = 1 << 20;

/// Why a stream of events cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {MAX_LINE} bytes")]
pub struct TooLong;

/// Reads the data of events. Names, ids and comments are skipped.
#[derive(Debug, Default)]
pub struct Events {
    /// The line so far.
    line: Vec<u8>,
    /// The data of the event so far; none without a data line.
    data: Option<Vec<u8>>,
    /// The latest byte was a carriage return, so that a line feed after it ends no line.
    after_return: bool,
}

impl Events {
    /// Takes a piece and returns the data of the events that it completes.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut events = Vec::new();
        for &byte in piece {
            let is_end = matches!(byte, b'\r' | b'\n');
            if byte == b'\n' && std::mem::take(&mut self.after_return) {
                continue;
            }
            self.after_return = byte == b'\r';
            if is_end {
                events.extend(self.end_line());
            } else if self.line.len() == MAX_LINE {
                return Err(TooLong);
            } else {
                self.line.push(byte);
            }
        }
        match &self.data {
            Some(data) if data.len() > MAX_LINE => Err(TooLong),
            Some(_) | None => Ok(events),
        }
    }

    /// Returns the data of the last event, which no empty line ended.
    pub fn finish(mut self) -> Option<Vec<u8>> {
        self.end_line().or(self.data)
    }

    fn end_line(&mut self) -> Option<Vec<u8>> {
        if self.line.is_empty() {
            return self.data.take();
        }
        if let Some(value) = self.line.strip_prefix(b"data:") {
            let value = value.strip_prefix(b" ").unwrap_or(value);
            match &mut self.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                None => self.data = Some(value.to_vec()),
            }
        }
        self.line.clear();
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, piece: usize) -> Vec<String> {
        let mut events = Events::default();
        let mut all = Vec::new();
        for piece in text.as_bytes().chunks(piece) {
            all.extend(events.push(piece).unwrap());
        }
        all.extend(events.finish());
        all.into_iter().map(|data| String::from_utf8(data).unwrap()).collect()
    }

    #[test]
    fn events_are_read_however_they_are_cut() {
        let text = ": hello\r\n\r\nevent: a\r\nid: 1\r\ndata: one\r\n\r\ndata:two\ndata: lines\n\n\n\
                    retry: 3\rdata: three\r\rdata\n\ndata: [DONE]";
        for piece in 1..text.len() {
            assert_eq!(read(text, piece), ["one", "two\nlines", "three", "[DONE]"], "{piece}");
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut events = Events::default();
        assert_eq!(events.push(&vec![b'x'; MAX_LINE]), Ok(vec![]));
        assert_eq!(events.push(b"x"), Err(TooLong));
        let mut events = Events::default();
        let lines = "data: 0123456789\n".repeat(MAX_LINE / 10);
        assert_eq!(events.push(lines.as_bytes()), Err(TooLong));
    }
}
