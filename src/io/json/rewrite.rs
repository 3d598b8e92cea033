//! Splices edits into a literal; what they do not touch keeps its bytes, escapes included.

use super::keys::push_ordinal;
use super::text::{escape, escape_into, inside};
use crate::batch::{Block, Cell, Edit, Form, Replacement};

/// Appends the literal of `cell` with `edits` applied.
pub(super) fn rewrite(part: &[u8], block: &Block, cell: &Cell, edits: &[Edit], out: &mut Vec<u8>) {
    let literal = part.get(cell.start as usize..cell.end as usize).unwrap_or_default();
    let nulled = edits.iter().any(|edit| edit.replacement == Replacement::Null);
    match cell.form {
        _ if edits.is_empty() => out.extend_from_slice(literal),
        Form::Null => out.extend_from_slice(literal),
        Form::Scalar | Form::Quoted | Form::Bare if nulled => out.extend_from_slice(b"null"),
        Form::Scalar => {
            let from = out.len();
            splice(literal, edits, out);
            let is_number = |text: &[u8]| text.first().is_some_and(|b| *b == b'-' || b.is_ascii_digit());
            let new = out.get(from..).unwrap_or_default();
            if !is_number(new) || serde_json::from_slice::<serde::de::IgnoredAny>(new).is_err() {
                out.truncate(from);
                out.extend_from_slice(b"null");
            }
        }
        Form::Quoted | Form::Bare | Form::Key => {
            out.push(b'"');
            // A key cannot be null; one that should be is empty.
            if !nulled {
                splice(inside(literal), edits, out);
            }
            if cell.form == Form::Key
                && let Ok(at) = block.key_ordinals.binary_search_by_key(&cell.start, |&(start, _)| start)
                && let Some(&(_, ordinal)) = block.key_ordinals.get(at)
            {
                push_ordinal(ordinal, out);
            }
            out.push(b'"');
        }
    }
}

/// A place in the inside of a literal, by its raw bytes and by the text decoded from them.
struct Place<'a> {
    raw: &'a [u8],
    at: usize,
    decoded: usize,
    /// The first backslash at or after `at`; found once a run, so that many edits of one run cost no more.
    backslash: usize,
}

impl Place<'_> {
    fn find_backslash(&mut self) {
        let rest = self.raw.get(self.at..).unwrap_or_default();
        self.backslash = memchr::memchr(b'\\', rest).map_or(self.raw.len(), |len| self.at + len);
    }

    /// The raw and decoded length of the character here; nothing at the end.
    fn unit(&self) -> Option<(usize, usize)> {
        let rest = self.raw.get(self.at..)?;
        if self.at == self.backslash
            && let Some((letter, len)) = escape(rest)
        {
            return Some((len, letter.len_utf8()));
        }
        rest.first()?;
        let len = 1 + rest.iter().skip(1).take_while(|&&b| b & 0xC0 == 0x80).count();
        Some((len, len))
    }

    fn step(&mut self, raw: usize, decoded: usize) {
        self.at += raw;
        self.decoded += decoded;
        if self.at > self.backslash {
            self.find_backslash();
        }
    }

    /// Goes to the last border between characters that is not behind `to` (decoded).
    fn forward(&mut self, to: usize) {
        while self.decoded < to {
            let run = self.backslash.saturating_sub(self.at).min(to - self.decoded);
            let end = self.at + run;
            let is_border = |at: usize| self.raw.get(at).is_none_or(|b| b & 0xC0 != 0x80);
            let border = (self.at..=end).rev().find(|&at| is_border(at)).unwrap_or(self.at);
            if border > self.at {
                let len = border - self.at;
                self.step(len, len);
                continue;
            }
            match self.unit() {
                Some((raw, decoded)) if self.decoded + decoded <= to => self.step(raw, decoded),
                _ => return,
            }
        }
    }

    /// Goes to the first border between characters that is not before `to` (decoded).
    fn past(&mut self, to: usize) {
        self.forward(to);
        if self.decoded < to
            && let Some((raw, decoded)) = self.unit()
        {
            self.step(raw, decoded);
        }
    }
}

/// Appends `raw` with the edits in the place of the characters they touch.
fn splice(raw: &[u8], edits: &[Edit], out: &mut Vec<u8>) {
    let mut place = Place { raw, at: 0, decoded: 0, backslash: 0 };
    place.find_backslash();
    for edit in edits {
        let from = place.at;
        place.forward(edit.span.start as usize);
        out.extend_from_slice(raw.get(from..place.at).unwrap_or_default());
        if let Replacement::Text(text) = &edit.replacement {
            escape_into(text.as_bytes(), out);
        }
        place.past(edit.span.end as usize);
    }
    out.extend_from_slice(raw.get(place.at..).unwrap_or_default());
}
