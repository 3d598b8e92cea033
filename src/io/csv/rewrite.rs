//! Edits spliced into a literal; what no edit touches keeps its bytes.

use super::grammar::Shape;
use super::parse::Parser;
use super::walk::{self, Units};
use super::{Encoding, encoding};
use crate::batch::{Block, Cell, Edit, Form, Replacement};
use memchr::memchr3;

impl Parser {
    pub(super) fn rewrite_cell(&self, part: &[u8], block: &Block, cell: &Cell, edits: &[Edit], out: &mut Vec<u8>) {
        let literal = part.get(cell.start as usize..cell.end as usize).unwrap_or_default();
        if edits.is_empty() || cell.form == Form::Null {
            out.extend_from_slice(literal);
            return;
        }
        let from = out.len();
        if !edits.iter().any(|e| e.replacement == Replacement::Null) {
            let plain = !cell.in_side && self.encoding == Encoding::Utf8;
            if plain && cell.form == Form::Quoted {
                self.splice_plain(literal, 1, edits, out);
            } else if cell.form == Form::Quoted {
                self.splice_quoted(literal, block.text(part, cell), edits, out);
            } else {
                self.splice_bare(literal, plain, edits, out);
            }
        }
        if out.len() == from && alone(part, block, cell) {
            out.extend_from_slice(self.empty_record());
        }
    }

    fn splice_bare(&self, literal: &[u8], plain: bool, edits: &[Edit], out: &mut Vec<u8>) {
        let from = out.len();
        if plain {
            self.splice_plain(literal, 0, edits, out);
        } else {
            self.splice(literal, edits, out);
        }
        let new = out.get(from..).unwrap_or_default();
        let starts_quoted = self.grammar.quote.is_some() && new.first().copied() == self.grammar.quote;
        if !starts_quoted && memchr3(self.grammar.delimiter, b'\n', b'\r', new).is_none() {
            return;
        }
        let raw = out.split_off(from);
        self.write_quoted(&raw, out);
    }

    fn splice_quoted(&self, literal: &[u8], text: &[u8], edits: &[Edit], out: &mut Vec<u8>) {
        let from = out.len();
        self.splice(literal, edits, out);
        if self.grammar.field(literal, 0).shape != Shape::Tailed {
            return;
        }
        // Text behind the closing quote: a splice there may have made or lost a quote or a border.
        let wanted = spliced(text, edits, |replacement, to| {
            let mut raw = Vec::new();
            encoding::encode(self.encoding, replacement, &mut raw);
            encoding::decode(self.encoding, &raw, to);
        });
        let new = out.get(from..).unwrap_or_default();
        let field = self.grammar.field(new, 0);
        let mut got = Vec::new();
        if field.end == new.len() && field.shape != Shape::Open {
            let bare = self.grammar.quote != new.first().copied();
            walk::decode(&self.grammar, self.encoding, new, bare, &mut got);
        }
        if got != wanted {
            out.truncate(from);
            let mut raw = Vec::new();
            encoding::encode(self.encoding, &String::from_utf8_lossy(&wanted), &mut raw);
            self.write_quoted(&raw, out);
        }
    }

    /// Appends a literal whose text stands in it byte for byte, from `from` on, with the edits in it.
    fn splice_plain(&self, literal: &[u8], from: usize, edits: &[Edit], out: &mut Vec<u8>) {
        let mut at = 0;
        for edit in edits {
            out.extend_from_slice(literal.get(at..from + edit.span.start as usize).unwrap_or_default());
            if let Replacement::Text(text) = &edit.replacement {
                if from > 0 { self.escape(text.as_bytes(), out) } else { out.extend_from_slice(text.as_bytes()) }
            }
            at = from + edit.span.end as usize;
        }
        out.extend_from_slice(literal.get(at..).unwrap_or_default());
    }

    /// Appends the literal with the edits in it, each written for where it stands.
    fn splice(&self, literal: &[u8], edits: &[Edit], out: &mut Vec<u8>) {
        let bare = literal.first().copied() != self.grammar.quote;
        let mut edits = edits.iter().peekable();
        let mut text_at = 0;
        let mut skip_to = 0;
        let mut raw = Vec::new();
        let mut after_lone_backslash = false;
        let mut write = |replacement: &Replacement, quoted: bool, lone: &mut bool, out: &mut Vec<u8>| {
            if std::mem::take(lone) {
                // Whatever follows must not be taken for what it escapes.
                out.push(b'\\');
            }
            raw.clear();
            if let Replacement::Text(text) = replacement {
                encoding::encode(self.encoding, text, &mut raw);
            }
            if quoted { self.escape(&raw, out) } else { out.extend_from_slice(&raw) }
        };
        for unit in Units::new(&self.grammar, self.encoding, literal, bare) {
            // The opening quote precedes every edit; before anything else, the edits due at this point are written.
            let opening = unit.start == 0 && unit.width == 0;
            while let Some(edit) = edits.next_if(|e| !opening && e.span.start as usize <= text_at) {
                write(&edit.replacement, unit.quoted || (unit.width == 0 && !bare), &mut after_lone_backslash, out);
                skip_to = skip_to.max(edit.span.end as usize);
            }
            if unit.width == 0 || text_at >= skip_to {
                out.extend_from_slice(literal.get(unit.start..unit.end).unwrap_or_default());
                after_lone_backslash = unit.lone_backslash;
            }
            text_at += unit.width;
        }
        for edit in edits {
            write(&edit.replacement, false, &mut after_lone_backslash, out);
        }
    }

    /// Appends `raw` between quotes. Where the dialect has none, spaces take the place of what would need them.
    fn write_quoted(&self, raw: &[u8], out: &mut Vec<u8>) {
        let Some(quote) = self.grammar.quote else {
            let border = |b: u8| b == self.grammar.delimiter || matches!(b, b'\n' | b'\r');
            out.extend(raw.iter().map(|&b| if border(b) { b' ' } else { b }));
            return;
        };
        out.push(quote);
        self.escape(raw, out);
        out.push(quote);
    }

    /// Appends `raw` as it stands inside quotes.
    fn escape(&self, raw: &[u8], out: &mut Vec<u8>) {
        let Some(quote) = self.grammar.quote else { return out.extend_from_slice(raw) };
        for &byte in raw {
            if self.grammar.backslash && (byte == quote || byte == b'\\') {
                out.push(b'\\');
            } else if byte == quote {
                out.push(quote);
            }
            out.push(byte);
        }
    }
}

/// The cell's literal is all its record has before the line end.
fn alone(part: &[u8], block: &Block, cell: &Cell) -> bool {
    block.records.get(cell.row as usize).is_some_and(|record| {
        let behind = part.get(cell.end as usize..record.end as usize).unwrap_or_default();
        record.start == cell.start && behind.iter().all(|b| matches!(b, b'\n' | b'\r'))
    })
}

/// `text` with `edits` applied, each replacement appended by `put`.
fn spliced(text: &[u8], edits: &[Edit], put: impl Fn(&str, &mut Vec<u8>)) -> Vec<u8> {
    let mut new = Vec::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        new.extend_from_slice(text.get(at..edit.span.start as usize).unwrap_or_default());
        if let Replacement::Text(replacement) = &edit.replacement {
            put(replacement, &mut new);
        }
        at = (edit.span.end as usize).max(at);
    }
    new.extend_from_slice(text.get(at..).unwrap_or_default());
    new
}
