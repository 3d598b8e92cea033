//! Where fields and records end: the one place that knows, for splitter, parser and sniffer alike.

#![expect(clippy::indexing_slicing, reason = "hot loops; every index is bounded by the slice's length beside it")]

use super::{Dialect, Escape};
use memchr::{memchr, memchr2, memchr3};

/// A dialect prepared for scanning.
#[derive(Clone, Debug)]
pub(super) struct Grammar {
    /// The delimiter, or `\n` where there is none (a line end is looked at first).
    pub(super) delimiter: u8,
    /// The quote, where quotes count.
    pub(super) quote: Option<u8>,
    /// A backslash escapes inside quotes.
    pub(super) backslash: bool,
    /// Bytes that end a bare field.
    ends: [bool; 256],
}

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Without quotes.
    Bare,
    /// In quotes, without escapes.
    Quoted,
    /// In quotes, with escapes.
    Escaped,
    /// In quotes, with bare text behind the closing one.
    Tailed,
    /// The quote never closes; the field's end is that of the line where it opened.
    Open,
}

/// A field of a record, from where it was asked for to `end` (a delimiter, a line end or the end of the bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) end: usize,
    pub(super) shape: Shape,
}

/// Where the search for a closing quote stands. It can go on after more bytes have come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inside {
    /// Position of the opening quote.
    pub(super) open: usize,
    /// Before this, everything is text and escapes that are understood.
    unit: usize,
    /// Before this, no quote is left to look at.
    search: usize,
    /// An escaped quote was met.
    escaped: bool,
}

impl Inside {
    /// A search that begins behind the quote at `open`.
    pub(super) fn new(open: usize) -> Self {
        Self { open, unit: open + 1, search: open + 1, escaped: false }
    }

    /// A search for the end of the quote at `open` after everything before `until` was looked at and `pair` is behind the last
    /// doubled quote. A quote in the very last place is looked at again.
    pub(super) fn resumed(open: usize, pair: usize, until: usize) -> Self {
        let unit = pair.max(open + 1);
        Self { open, unit, search: unit.max(until.saturating_sub(1)), escaped: false }
    }

    /// The same search after `count` bytes in front of the opening quote are gone.
    pub(super) fn shifted(self, count: usize) -> Self {
        Self { open: self.open - count, unit: self.unit - count, search: self.search - count, escaped: self.escaped }
    }
}

/// Fields up to this length are read byte by byte: setting a vector search up costs more.
const SHORT: usize = 16;

impl Grammar {
    pub(super) fn new(dialect: Dialect) -> Self {
        let delimiter = dialect.delimiter.unwrap_or(b'\n');
        let mut ends = [false; 256];
        for byte in [delimiter, b'\n', b'\r'] {
            ends[byte as usize] = true;
        }
        Self { delimiter, quote: dialect.quote, backslash: dialect.escape == Escape::Backslash, ends }
    }

    /// A quote at `at` opens a field: what is before it ends one.
    #[inline]
    pub(super) fn opens(&self, bytes: &[u8], at: usize) -> bool {
        at == 0 || self.ends[bytes[at - 1] as usize]
    }

    /// The closing quote. Nothing where there is none in `bytes`, or where, more being to come, the last byte is a quote that
    /// may be the first of two.
    #[inline]
    pub(super) fn close(&self, bytes: &[u8], inside: &mut Inside, more_to_come: bool) -> Option<usize> {
        let quote = self.quote?;
        loop {
            let Some(at) = memchr(quote, bytes.get(inside.search..)?).map(|i| i + inside.search) else {
                inside.search = bytes.len();
                return None;
            };
            inside.search = at;
            if self.backslash {
                let run = bytes[inside.unit..at].iter().rev().take_while(|&&b| b == b'\\').count();
                if run % 2 == 1 {
                    inside.escaped = true;
                    inside.unit = at + 1;
                    inside.search = at + 1;
                    continue;
                }
            }
            match bytes.get(at + 1) {
                Some(&next) if next == quote => {
                    inside.escaped = true;
                    inside.unit = at + 2;
                    inside.search = at + 2;
                }
                None if more_to_come => return None,
                _ => return Some(at),
            }
        }
    }

    /// The end of bare text from `at` on.
    #[inline]
    pub(super) fn bare_end(&self, bytes: &[u8], at: usize) -> usize {
        let near = bytes.len().min(at + SHORT);
        let mut i = at;
        while i < near {
            if self.ends[bytes[i] as usize] {
                return i;
            }
            i += 1;
        }
        memchr3(self.delimiter, b'\n', b'\r', &bytes[i..]).map_or(bytes.len(), |n| i + n)
    }

    /// The field that begins at `at`, `bytes` being all there is.
    #[inline]
    pub(super) fn field(&self, bytes: &[u8], at: usize) -> Field {
        if at >= bytes.len() {
            return Field { end: bytes.len(), shape: Shape::Bare };
        }
        if self.quote != Some(bytes[at]) {
            return Field { end: self.bare_end(bytes, at), shape: Shape::Bare };
        }
        let mut inside = Inside::new(at);
        let Some(close) = self.close(bytes, &mut inside, false) else {
            return Field { end: line_end(bytes, at).unwrap_or(bytes.len()), shape: Shape::Open };
        };
        let end = close + 1;
        if end < bytes.len() && !self.ends[bytes[end] as usize] {
            return Field { end: self.bare_end(bytes, end), shape: Shape::Tailed };
        }
        let escaped = inside.escaped || (self.backslash && memchr(b'\\', &bytes[at..close]).is_some());
        Field { end, shape: if escaped { Shape::Escaped } else { Shape::Quoted } }
    }

    /// The next field begins behind the byte at `end`.
    #[inline]
    pub(super) fn goes_on(&self, bytes: &[u8], end: usize) -> bool {
        bytes.get(end).is_some_and(|&b| b == self.delimiter && b != b'\n')
    }
}

/// The first CR or LF from `at` on.
#[inline]
pub(super) fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    memchr2(b'\n', b'\r', bytes.get(at..)?).map(|i| i + at)
}

/// The position behind the line end at `at`; `at` itself where there is none.
#[inline]
pub(super) fn behind_line_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => at + 2,
        Some(b'\r' | b'\n') => at + 1,
        _ => at,
    }
}

/// The first byte from `at` on that ends no line.
#[inline]
pub(super) fn behind_blank_lines(bytes: &[u8], at: usize) -> usize {
    let mut i = at;
    while i < bytes.len() && matches!(bytes[i], b'\n' | b'\r') {
        i += 1;
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_end_where_the_grammar_says() {
        let double = Dialect::default();
        let slash = Dialect { escape: Escape::Backslash, ..double };
        let plain = Dialect { quote: None, ..double };
        let lines = Dialect { delimiter: None, ..double };
        for (dialect, bytes, end, shape, why) in [
            (double, &b"a,b"[..], 1, Shape::Bare, "delimiter"),
            (double, b"ab\"c\",d", 5, Shape::Bare, "a quote inside bare text is text"),
            (double, b"\"a,\n\",b", 5, Shape::Quoted, "delimiter and line end in quotes are text"),
            (double, b"\"a\"\"\",b", 5, Shape::Escaped, "doubled quote"),
            (double, b"\"a\"b\"c\",d", 7, Shape::Tailed, "text behind the closing quote is bare"),
            (double, b"\"a\nb,c", 2, Shape::Open, "unclosed: up to the end of its line"),
            (double, b"\"a\\\",b\"", 4, Shape::Quoted, "a backslash is text here"),
            (slash, b"\"a\\\",b\",c", 7, Shape::Escaped, "backslashed quote"),
            (slash, b"\"a\\\\\",c", 5, Shape::Escaped, "backslashed backslash, then the quote closes"),
            (plain, b"\"a,b\"", 2, Shape::Bare, "no quotes in this dialect"),
            (lines, b"a,b\nc", 3, Shape::Bare, "one column: only line ends count"),
            (double, b"0123456789abcdefghijklm\rx", 23, Shape::Bare, "longer than the byte-wise stretch"),
            (double, b"", 0, Shape::Bare, "nothing"),
        ] {
            assert_eq!(Grammar::new(dialect).field(bytes, 0), Field { end, shape }, "{why}");
        }
    }

    #[test]
    fn a_search_goes_on_over_any_cut() {
        let grammar = Grammar::new(Dialect { escape: Escape::Backslash, ..Dialect::default() });
        let bytes = b"\"a\\\\\\\"b\"\"c\\\\\",d";
        for cut in 1..bytes.len() {
            let mut inside = Inside::new(0);
            let early = grammar.close(&bytes[..cut], &mut inside, true);
            let found = early.or_else(|| grammar.close(bytes, &mut inside, false));
            assert_eq!(found, Some(12), "cut at {cut}");
        }
    }
}
