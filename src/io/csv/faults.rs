//! Records that are too short, too long, too large, unclosed or cut off by a failed read.

use super::laws::{parse, parser, parts};
use super::parse::without_header;
use super::{Dialect, Limits, Splitter};
use crate::batch::{Edit, Form, Load, Part, Reason, Replacement};
use crate::io::{Parse, Split};
use std::io::Read;

#[test]
fn short_and_long_records() {
    let dialect = Dialect { header: false, ..Dialect::default() };
    let bytes = b"a,b,c\n1\n1,2\n1,2,3,4\n,,\n\n\"x\n";
    let parser = parser(dialect, 3);
    let block = parse(&parser, bytes);
    let rejects: Vec<_> = block.records.iter().map(|r| r.reject).collect();
    let long = Some(Reason::TooManyFields);
    assert_eq!(rejects, [None, None, None, long, None, Some(Reason::UnclosedQuote)]);
    assert!(block.cells.iter().filter(|c| c.form == Form::Null).map(|c| (c.row, c.column, c.start)).eq([
        (1, 1, 7),
        (1, 2, 7),
        (2, 2, 11)
    ]));
    assert_eq!(without_header(dialect, Limits::default(), bytes, 10).columns().len(), 3);
}

#[test]
fn a_wide_header_over_empty_rows_costs_no_memory() {
    let parser = parser(Dialect::default(), 100_000);
    let block = parse(&parser, "1\n".repeat(50_000).as_bytes());
    assert_eq!(block.records.len(), 50_000);
    assert!(block.cells.len() <= 350_000, "{}", block.cells.len());
}

#[test]
fn an_emptied_record_is_no_blank_line() {
    let parser = parser(Dialect::default(), 2);
    let bytes = b"secret\nsecret,\n";
    let block = parse(&parser, bytes);
    for (edit, cell, expected, why) in [
        (Replacement::Null, 0, "\"\"", "alone in its record"),
        (Replacement::Text(String::new()), 0, "\"\"", "redacted to nothing"),
        (Replacement::Null, 2, "", "a delimiter follows"),
    ] {
        let mut out = Vec::new();
        parser.rewrite(bytes, &block, &block.cells[cell], &[Edit { span: 0..6, replacement: edit }], &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected, "{why}");
    }
}
/// A reader that makes `count` bytes out of a short pattern.
struct Endless(&'static [u8], usize, usize);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(self.1 - self.2);
        for (slot, at) in buffer.iter_mut().zip(self.2..self.2 + count) {
            *slot = if at == 0 { b'"' } else { self.0[at % self.0.len()] };
        }
        self.2 += count;
        Ok(count)
    }
}

#[test]
fn an_endless_quote_or_cell_is_read_in_bounded_memory() {
    let limits = Limits { cell_bytes: 1 << 20, record_bytes: 1 << 20 };
    let size = 24 << 20;
    for (pattern, reason, why) in [
        (&b"a,b\n"[..], Reason::UnclosedQuote, "lines under an unclosed quote"),
        (b"a", Reason::TooLarge, "one line"),
        (b"a,\"\"\n", Reason::UnclosedQuote, "pairs that close nothing"),
    ] {
        let dialect = Dialect::default();
        let (target, mut total, mut held) = (1 << 18, 0, 0);
        let mut split = Splitter::new(Endless(pattern, size, 0), Vec::new(), dialect, limits, target, |_| Reason::Unreadable);
        let mut part = Part::default();
        let mut reasons = Vec::new();
        while split.next(&mut part) {
            total += part.bytes.len();
            held = held.max(split.held_bytes() + part.bytes.capacity());
            if let Load::Oversize { reason, first: true, .. } = part.load {
                reasons.push(reason);
            }
        }
        assert_eq!((total, reasons.as_slice()), (size, &[reason][..]), "{why}");
        assert!(held <= 3 * target + (5 << 19), "{why}: {held}");
    }
}

#[test]
fn a_failed_read_sets_the_broken_record_apart() {
    struct Failing(&'static [u8]);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let read = self.0.read(buffer)?;
            if read == 0 { Err(std::io::Error::other("broken")) } else { Ok(read) }
        }
    }
    let cut = Load::Oversize { reason: Reason::BrokenCompression, first: true, last: true };
    for (bytes, expected, why) in [
        (&b"1,a\n2,b"[..], &[(4, Load::Records), (3, cut)][..], "cut in a bare cell"),
        (b"1,a\n2,b\n", &[(8, Load::Records)], "cut between records"),
        (b"1,a\n2,\"b\n3,c\n", &[(4, Load::Records), (9, cut)], "cut in quotes, which may have gone on"),
        (b"", &[], "nothing"),
    ] {
        let limits = Limits::default();
        let mut split = Splitter::new(Failing(bytes), Vec::new(), Dialect::default(), limits, 64, |_| Reason::BrokenCompression);
        let found: Vec<_> = parts(&mut split).into_iter().map(|(bytes, load)| (bytes.len(), load)).collect();
        assert_eq!(found, expected, "{why}");
        assert_eq!(split.fault(), Some(Reason::BrokenCompression), "{why}");
    }
}
