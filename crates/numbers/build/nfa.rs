//! Builds one nondeterministic automaton over digits from patterns of national numbers.

use std::error::Error;

use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind},
};

/// One state.
pub enum State {
    /// Continues if the next digit is in the set (bit 0 is the digit 0).
    Digits(u16, usize),
    /// Continues at any of these states without reading a digit.
    Split(Vec<usize>),
    /// The pattern with this number matches the digits read.
    Match(usize),
    /// The pattern with this number matches every number that begins with the digits read.
    Begins(usize),
}

/// All patterns of one calling code.
#[derive(Default)]
pub struct Nfa {
    pub states: Vec<State>,
}

impl Nfa {
    /// Adds a pattern that ends in `end`. Returns the state where the pattern begins.
    pub fn add(&mut self, pattern: &str, end: State) -> Result<usize, Box<dyn Error>> {
        let parsed = ParserBuilder::new().unicode(false).utf8(true).build().parse(pattern)?;
        let end = self.push(end);
        self.compile(&parsed, end)
    }

    /// The states that read a digit or match and that can be reached from `from` without reading a
    /// digit, in order.
    pub fn closure(&self, from: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut open: Vec<usize> = from.into_iter().collect();
        let mut found = Vec::new();
        while let Some(state) = open.pop() {
            match &self.states[state] {
                State::Split(next) => open.extend(next),
                State::Digits(..) | State::Match(_) | State::Begins(_) => found.push(state),
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn push(&mut self, state: State) -> usize {
        self.states.push(state);
        self.states.len() - 1
    }

    /// The state where `pattern` begins if `next` follows it.
    fn compile(&mut self, pattern: &Hir, mut next: usize) -> Result<usize, Box<dyn Error>> {
        match pattern.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => {
                for byte in literal.0.iter().rev() {
                    next = self.push(State::Digits(digits(*byte, *byte)?, next));
                }
            }
            HirKind::Class(Class::Bytes(class)) => {
                let mut set = 0;
                for range in class.iter() {
                    set |= digits(range.start(), range.end())?;
                }
                next = self.push(State::Digits(set, next));
            }
            HirKind::Capture(capture) => next = self.compile(&capture.sub, next)?,
            HirKind::Concat(parts) => {
                for part in parts.iter().rev() {
                    next = self.compile(part, next)?;
                }
            }
            HirKind::Alternation(parts) => {
                let starts: Result<_, _> = parts.iter().map(|p| self.compile(p, next)).collect();
                next = self.push(State::Split(starts?));
            }
            HirKind::Repetition(repetition) => {
                let after = next;
                for _ in repetition.min..repetition.max.ok_or("repeats for ever")? {
                    let once = self.compile(&repetition.sub, next)?;
                    next = self.push(State::Split(vec![once, after]));
                }
                for _ in 0..repetition.min {
                    next = self.compile(&repetition.sub, next)?;
                }
            }
            HirKind::Class(Class::Unicode(_)) | HirKind::Look(_) => {
                return Err(format!("no pattern of digits: {pattern:?}").into());
            }
        }
        Ok(next)
    }
}

fn digits(first: u8, last: u8) -> Result<u16, Box<dyn Error>> {
    if first < b'0' || last > b'9' {
        return Err(format!("not digits: {first} to {last}").into());
    }
    Ok((first..=last).fold(0, |set, digit| set | 1 << (digit - b'0')))
}
