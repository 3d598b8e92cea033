//! Decides from the first bytes whether a file is JSONL or one document.

use super::outline::Outline;
use super::walk::{Deaf, Walker, byte, is_space, is_valid, skip_space};
use crate::batch::Reason;

/// How records stand in a JSON file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// A record a line (JSONL).
    Lines,
    /// A record a line, where lines end in CR alone.
    ReturnLines,
    /// One document, an array: its elements are the records.
    Array,
    /// One document that is the only record.
    Document,
}

impl Shape {
    /// The byte that ends a line.
    pub(super) fn line_end(self) -> u8 {
        if self == Self::ReturnLines { b'\r' } else { b'\n' }
    }
}

pub(super) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Length of the byte-order mark at the start, 0 or 3.
pub(super) fn bom(head: &[u8]) -> usize {
    if head.starts_with(BOM) { BOM.len() } else { 0 }
}

/// What the file that begins with `head` is; nothing where it is not JSON.
///
/// `whole` says that `head` is the entire file, `named_json` that its name claims JSON: then it is never anything else. A
/// head of 64 KiB or more decides well; an array on one line that is longer than the head is taken for a document.
pub fn decide(head: &[u8], whole: bool, named_json: bool) -> Option<Shape> {
    let start = skip_space(head, bom(head));
    let first = byte(head, start);
    let document = if first == b'[' { Shape::Array } else { Shape::Document };
    if first != b'{' && first != b'[' && !named_json {
        return None;
    }
    if start >= head.len() {
        return Some(if whole { Shape::Document } else { Shape::Lines });
    }
    let first_line = memchr::memchr(b'\n', head.get(start..).unwrap_or_default()).map(|len| start + len);
    let end = match Outline::new().run(head, start) {
        None if whole && !matches!(first, b'{' | b'[' | b'"') => Some(head.len()),
        end => end,
    };
    if first_line.is_none() && returns_part_records(head, start, end, whole) {
        return Some(Shape::ReturnLines);
    }
    let all = end.is_some_and(|end| whole && skip_space(head, end) == head.len());
    Some(match (first_line, end) {
        // Quotes and brackets say that the first value goes on over the line end; a missing one would say so too.
        (Some(line), end) if end.is_none_or(|end| end > line) => {
            if !is_fine(head, start, whole) && later_lines_are_values(head, start, whole, b'\n') {
                Shape::Lines
            } else {
                document
            }
        }
        _ if all => document,
        (None, None) if first == b'[' || whole => document,
        _ => Shape::Lines,
    })
}

/// Whether the first value is JSON as far as it can be seen.
fn is_fine(head: &[u8], start: usize, whole: bool) -> bool {
    match Walker::new(usize::MAX).walk(head, start, &mut Deaf) {
        Ok(_) => true,
        Err(fail) => fail.reason == Reason::Truncated && !whole,
    }
}

/// Whether a CR parts records in a head without any LF: the first value, which ends at `end`, stands on a line of its own and
/// more follows, or it is broken and the lines behind it are values.
fn returns_part_records(head: &[u8], start: usize, end: Option<usize>, whole: bool) -> bool {
    let Some(line) = memchr::memchr(b'\r', head.get(start..).unwrap_or_default()).map(|len| start + len) else { return false };
    if end.is_some_and(|end| end <= line) {
        return !whole || skip_space(head, line) < head.len();
    }
    later_lines_are_values(head, start, whole, b'\r') && !is_fine(head, start, whole)
}

/// Whether most lines behind the first are complete objects or arrays: JSONL whose first line is broken.
///
/// In a document that is printed with an element a line all but the last end with a comma.
fn later_lines_are_values(head: &[u8], start: usize, whole: bool, line_end: u8) -> bool {
    let (mut values, mut others) = (0_usize, 0_usize);
    for line in head.get(start..).unwrap_or_default().split_inclusive(|&b| b == line_end).skip(1) {
        let text = line.trim_ascii();
        let cut = !whole && !line.ends_with(&[line_end]);
        if text.is_empty() || cut {
            continue;
        }
        let open = line.first().is_some_and(|&b| !is_space(b)) && matches!(text.first(), Some(b'{' | b'['));
        if open && is_valid(text) {
            values += 1;
        } else {
            others += 1;
        }
    }
    values > others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        use Shape::{Array, Document, Lines, ReturnLines};
        for (head, whole, named, expected, reason) in [
            ("{\"a\":1}\n{\"a\":2}\n", true, false, Some(Lines), "two lines"),
            ("{\"a\":1}\n{\"a\":2}\n{\"a", false, false, Some(Lines), "two lines and more"),
            ("{\"a\":1}\n", true, false, Some(Document), "one line is one document"),
            ("{\"a\":1}\n", false, false, Some(Lines), "more follows"),
            ("[1,2]\n[3]\n", true, false, Some(Lines), "arrays a line"),
            ("[{\"a\":1},{\"a\":2}]\n", true, false, Some(Array), "an array on a line"),
            ("[\n{\"a\":1},\n{\"a\":2}\n]\n", true, false, Some(Array), "an element a line"),
            ("[\n{\"a\":1},\n{\"a\":2},\n{\"a", false, false, Some(Array), "the same, longer than the head"),
            ("[{\"a\":1},{\"a\":2},{\"a", false, false, Some(Array), "all on one line longer than the head"),
            ("{\"a\":\"xxxxxxx", false, false, Some(Lines), "a long line"),
            ("{\n  \"a\": 1\n}\n", true, false, Some(Document), "printed with indents"),
            ("{\n  \"a\": [\n{}\n,\n{}\n]}", true, false, Some(Document), "valid as a whole beats lines"),
            ("\n\n {\"a\":1}\n{\"a\":1}", true, false, Some(Lines), "blank lines before"),
            ("\u{feff}{\"a\":1}\n{}\n", true, false, Some(Lines), "byte-order mark"),
            ("\u{feff}[1,2]", true, false, Some(Array), "byte-order mark before an array"),
            ("{\"a\":\"x\n{\"a\":2}\n{\"a\":3}\n", true, false, Some(Lines), "first line broken: quote"),
            ("{\"a\":1\n{\"a\":2}\n{\"a\":3}\n", true, false, Some(Lines), "first line broken: brace"),
            ("{\"a\":1\n{\"a\":2}\n{\"a\":3}\n{\"", false, false, Some(Lines), "first line broken, long file"),
            ("[{\"a\":1},\n{\"a\":2,},\n{\"a\":3}\n]", true, false, Some(Array), "broken element in a document"),
            ("[\n{\"a\":1},\n{\"a\":2},\n{\"a\":3}", true, false, Some(Array), "missing bracket"),
            ("{\"a\":[\n{}\n]}", true, false, Some(Document), "a line of it is a value, and it is valid"),
            ("{\"a\":1}{\"b\":2}", true, false, Some(Lines), "a line with too much on it"),
            ("{\"a\":1", true, false, Some(Document), "cut"),
            ("{\"a\":1}\r{\"a\":2}\r", true, false, Some(ReturnLines), "line ends of one CR"),
            ("{\"a\":1}\r{\"a", false, false, Some(ReturnLines), "the same, longer than the head"),
            ("{\"a\":1\r{\"a\":2}\r{\"a\":3}\r", true, false, Some(ReturnLines), "the same, first line broken"),
            ("{\"a\":1}\r", true, false, Some(Document), "one line is one document"),
            ("{\r\"a\": 1\r}\r", true, false, Some(Document), "printed with indents and CR"),
            ("[\r{},\r{}\r]", true, false, Some(Array), "an element a line, and CR"),
            ("{\"a\":1}\r\n{\"a\":2}\r\n", true, false, Some(Lines), "CR and LF"),
            ("42", true, false, None, "a scalar is JSON only by name"),
            ("42", true, true, Some(Document), "a scalar document"),
            ("\"x\"\n", true, true, Some(Document), "a string document"),
            ("1\n2\n", true, true, Some(Lines), "scalars a line"),
            ("a,b\n1,2\n", true, true, Some(Lines), "named JSON is never CSV"),
            ("a,b\n1,2\n", true, false, None, "CSV"),
            ("", true, true, Some(Document), "empty"),
            (" \n", true, false, None, "blank"),
        ] {
            assert_eq!(decide(head.as_bytes(), whole, named), expected, "{reason}: {head:?}");
        }
    }
}
