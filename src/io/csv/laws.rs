//! Laws over made input: nothing is lost, cells are those of the `csv` crate, edits read back as written.

use super::parse::Parser;
use super::{Dialect, Encoding, Escape, Limits, Splitter, columns, open};
use crate::batch::{Block, Cell, Edit, Form, Load, Part, Reason, Replacement};
use crate::io::{NoNames, Parse, Split};
use proptest::prelude::*;
use std::io::Read;

/// Gives its bytes a few at a time.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(buffer.len());
        (&self.0[..self.0.len().min(count)]).read(buffer).inspect(|&read| self.0 = &self.0[read..])
    }
}

fn splitter(bytes: &[u8], dialect: Dialect, limits: Limits, target: usize, drip: usize) -> Splitter<Drip<'_>> {
    Splitter::new(Drip(bytes, drip), Vec::new(), dialect, limits, target, |_| Reason::Unreadable)
}

/// Bytes and load of every part; offsets and indices are checked on the way.
pub(super) fn parts(split: &mut dyn Split) -> Vec<(Vec<u8>, Load)> {
    let (mut part, mut parts, mut offset) = (Part::default(), Vec::new(), 0);
    while split.next(&mut part) {
        assert_eq!((part.index, part.offset), (parts.len() as u64, offset));
        assert!(!part.bytes.is_empty(), "a part holds something");
        offset += part.bytes.len() as u64;
        parts.push((part.bytes.clone(), part.load));
    }
    parts
}

pub(super) fn parser(dialect: Dialect, width: usize) -> Parser {
    Parser::new(dialect, Limits::default(), columns::numbered(width))
}

pub(super) fn parse(parser: &Parser, bytes: &[u8]) -> Block {
    let mut block = Block::default();
    parser.parse(&Part { bytes: bytes.to_vec(), ..Part::default() }, &NoNames, &mut block);
    block
}

/// The texts of every record's cells, those that it lacks left out.
fn rows(parser: &Parser, bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let block = parse(parser, bytes);
    let mut rows = vec![Vec::new(); block.records.len()];
    for cell in block.cells.iter().filter(|c| c.form != Form::Null) {
        rows[cell.row as usize].push(block.text(bytes, cell).to_vec());
    }
    rows
}

/// What the `csv` crate reads.
fn oracle(dialect: Dialect, bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true).delimiter(dialect.delimiter.unwrap_or(b'\x1f'));
    reader.quoting(dialect.quote.is_some()).quote(dialect.quote.unwrap_or(b'"'));
    reader.escape((dialect.escape == Escape::Backslash).then_some(b'\\'));
    let records = reader.from_reader(bytes).into_byte_records();
    records.map(|r| r.unwrap().iter().map(<[u8]>::to_vec).collect()).collect()
}

fn dialects() -> impl Strategy<Value = Dialect> {
    let delimiter = prop_oneof![Just(Some(b',')), Just(Some(b'\t')), Just(None)];
    let quote = prop_oneof![4 => Just(Some(b'"')), 1 => Just(Some(b'\'')), 1 => Just(None)];
    let escape = prop_oneof![Just(Escape::Doubled), Just(Escape::Backslash)];
    (delimiter, quote, escape).prop_map(|(delimiter, quote, escape)| Dialect {
        delimiter,
        quote,
        escape,
        header: false,
        ..Dialect::default()
    })
}

/// Any mixture of what means something in a dialect and what does not.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[a-c]{1,3}", 4 => Just(",".into()), 2 => Just("\t".into()), 4 => Just("\"".into()), 1 => Just("'".into()),
        2 => Just("\"\"".into()), 2 => Just("\n".into()), 1 => Just("\r\n".into()), 1 => Just("\r".into()),
        1 => Just("\\\"".into()), 1 => Just("\\\\".into()), 1 => Just("é".into()), 1 => "[a-z ]{20,40}",
        2 => Just(",\"".into()), 2 => Just("\",".into()), 2 => Just("\"\n".into()),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// The soup with its quotes changed for those of the dialect.
fn in_quotes_of(dialect: Dialect, soup: &str) -> String {
    let swap = |c| match c {
        '"' => '\'',
        '\'' => '"',
        c => c,
    };
    if dialect.quote == Some(b'\'') { soup.chars().map(swap).collect() } else { soup.into() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 768, ..ProptestConfig::default() })]

    #[test]
    fn records_are_those_of_the_csv_crate_wherever_the_cuts_fall(
        dialect in dialects(), soup in soup(), target in 1..64_usize, drip in 1..9_usize
    ) {
        let soup = in_quotes_of(dialect, &soup);
        let found = parts(&mut splitter(soup.as_bytes(), dialect, Limits::default(), target, drip));
        let whole: Vec<u8> = found.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
        prop_assert_eq!(&whole, soup.as_bytes());
        prop_assert_eq!(&found, &parts(&mut splitter(soup.as_bytes(), dialect, Limits::default(), target, usize::MAX)));
        // The crate drops a backslash before anything, we only before a quote or a backslash; and it takes an unclosed
        // quote as closed by the end of the file.
        let unclosed = found.iter().any(|(_, load)| *load != Load::Records);
        if !unclosed {
            let parser = parser(dialect, 50);
            let rows: Vec<_> = found.iter().flat_map(|(bytes, _)| rows(&parser, bytes)).collect();
            prop_assert_eq!(&rows, &oracle(dialect, soup.as_bytes()));
        }
    }

    #[test]
    fn nothing_is_lost_under_tight_limits(
        dialect in dialects(), soup in soup(), target in 1..32_usize, drip in 1..9_usize,
        cell_bytes in 1..20_usize, record_bytes in 1..40_usize
    ) {
        let limits = Limits { cell_bytes, record_bytes };
        let found = parts(&mut splitter(soup.as_bytes(), dialect, limits, target, drip));
        let whole: Vec<u8> = found.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
        prop_assert_eq!(&whole, soup.as_bytes());
        prop_assert_eq!(&found, &parts(&mut splitter(soup.as_bytes(), dialect, limits, target, usize::MAX)));
        let parser = Parser::new(dialect, limits, columns::numbered(3));
        let mut within = false;
        for (bytes, load) in &found {
            match *load {
                Load::Records => {
                    prop_assert!(!within, "a record in pieces is closed before the next");
                    for record in parse(&parser, bytes).records {
                        prop_assert_ne!(record.reject, Some(Reason::UnclosedQuote), "the splitter sets these apart");
                    }
                }
                Load::Oversize { first, last, .. } => {
                    prop_assert_eq!(first, !within);
                    prop_assert!(bytes.len() <= target);
                    within = !last;
                }
                Load::Tail => prop_assert!(false, "delimited text has no tail"),
            }
        }
        prop_assert!(!within);
    }

    #[test]
    fn head_records_and_gaps_are_the_input(dialect in dialects(), soup in soup(), target in 7..64_usize, bom: bool) {
        let dialect = Dialect { header: true, bom, ..dialect };
        let bytes = [if bom { super::BOM } else { &[] }, soup.as_bytes()].concat();
        let sample = bytes[..bytes.len() / 2].to_vec();
        let reader = &bytes[bytes.len() / 2..];
        let mut opened = open(reader, sample, &dialect, Limits::default(), target, |_| Reason::Unreadable).unwrap();
        let mut whole = opened.header.bytes.clone();
        let mut part = Part::default();
        let mut block = Block::default();
        while opened.split.next(&mut part) {
            prop_assert_eq!(part.offset, whole.len() as u64);
            if part.load == Load::Records {
                opened.parse.parse(&part, &NoNames, &mut block);
                let mut at = 0;
                for (i, record) in block.records.iter().enumerate() {
                    at = if i == 0 { block.head_end } else { at };
                    prop_assert_eq!(record.start, at);
                    at = record.gap_end;
                }
                prop_assert_eq!(at.max(block.head_end) as usize, part.bytes.len());
            }
            whole.extend_from_slice(&part.bytes);
        }
        prop_assert_eq!(whole, bytes);
    }

    #[test]
    fn edited_cells_read_back_as_edited_and_others_as_they_were(
        dialect in dialects(), soup in soup(), foreign: bool,
        edits in proptest::collection::vec((0..99_usize, 0..9_usize, 0..4_usize, "[x\"',\\\\é\r\n\t]{0,4}"), 0..12)
    ) {
        let encoding = if foreign { Encoding::Windows1252 } else { Encoding::Utf8 };
        let dialect = Dialect { encoding, ..dialect };
        let bytes: Vec<u8> =
            if foreign { soup.chars().map(|c| u8::try_from(c).unwrap()).collect() } else { soup.into_bytes() };
        let parser = parser(dialect, 50);
        let block = parse(&parser, &bytes);
        // What is rejected is not written beside what is kept, so it cannot swallow an edited cell.
        if block.records.iter().any(|r| r.reject.is_some()) {
            return Ok(());
        }
        let old = rows(&parser, &bytes);
        let mut wanted = old.clone();
        let mut out = Vec::new();
        let mut at = 0;
        let mut column = 0;
        let mut row = u32::MAX;
        for (index, cell) in block.cells.iter().enumerate().filter(|(_, c)| c.form != Form::Null) {
            column = if cell.row == row { column + 1 } else { 0 };
            row = cell.row;
            let text = &mut wanted[row as usize][column];
            let mut applied: Vec<Edit> = Vec::new();
            for (_, from, length, replacement) in edits.iter().filter(|e| e.0 % block.cells.len() == index) {
                let decoded = String::from_utf8(text.clone()).unwrap();
                let floor = applied.last().map_or(0, |e| e.span.end as usize);
                let start = decoded.floor_char_boundary(floor + from);
                let end = decoded.floor_char_boundary(start + length);
                if start >= floor {
                    applied.push(Edit {
                        span: start as u32..end as u32,
                        replacement: Replacement::Text(replacement.clone()),
                    });
                }
            }
            for edit in applied.iter().rev() {
                let Replacement::Text(replacement) = &edit.replacement else { unreachable!() };
                text.splice(edit.span.start as usize..edit.span.end as usize, replacement.bytes());
            }
            out.extend_from_slice(&bytes[at..cell.start as usize]);
            let from = out.len();
            parser.rewrite(&bytes, &block, cell, &applied, &mut out);
            if applied.is_empty() {
                prop_assert_eq!(&out[from..], &bytes[cell.start as usize..cell.end as usize]);
            }
            at = cell.end as usize;
        }
        out.extend_from_slice(&bytes[at..]);
        if dialect.quote.is_some() {
            prop_assert_eq!(rows(&parser, &out), wanted);
        } else {
            let shape = |rows: &[Vec<Vec<u8>>]| rows.iter().map(Vec::len).collect::<Vec<_>>();
            prop_assert_eq!(shape(&rows(&parser, &out)), shape(&old));
        }
    }

    #[test]
    fn removed_columns_are_gone_and_the_rest_stays(dialect in dialects(), soup in soup(), mask in 1..255_u8) {
        let parser = parser(dialect, 5);
        let block = parse(&parser, soup.as_bytes());
        let gone = |cell: &Cell| mask >> cell.column & 1 == 1;
        let removed: Vec<u32> = (0..block.cells.len() as u32).filter(|&i| gone(&block.cells[i as usize])).collect();
        let mut wanted = vec![Vec::new(); block.records.len()];
        for cell in block.cells.iter().filter(|c| c.form != Form::Null && !gone(c)) {
            wanted[cell.row as usize].push(block.text(soup.as_bytes(), cell).to_vec());
        }
        let mut out = Vec::new();
        for (record, from) in block.records.iter().zip(0_u32..) {
            if record.reject.is_some() {
                continue;
            }
            let own: Vec<u32> =
                removed.iter().copied().filter(|&i| block.cells[i as usize].row == from).collect();
            let mut at = record.start;
            for cut in parser.removals(soup.as_bytes(), &block, &own) {
                prop_assert!(at <= cut.start && cut.start < cut.end.max(cut.start + 1) && cut.end <= record.end);
                out.extend_from_slice(&soup.as_bytes()[at as usize..cut.start as usize]);
                at = cut.end;
            }
            let rest = &soup.as_bytes()[at as usize..record.end as usize];
            if out.last().is_none_or(|b| matches!(b, b'\r' | b'\n')) && rest.iter().all(|b| matches!(b, b'\r' | b'\n')) {
                out.extend_from_slice(parser.empty_record());
            }
            out.extend_from_slice(rest);
        }
        let all: Vec<_> = parser.removals(soup.as_bytes(), &block, &removed);
        prop_assert!(all.windows(2).all(|w| w[0].end <= w[1].start), "ascending over all records");
        let rows = rows(&parser, &out);
        let kept = block.records.iter().zip(wanted).filter(|(r, _)| r.reject.is_none());
        for (row, (_, wanted)) in rows.iter().zip(kept) {
            if wanted.concat().is_empty() && wanted.len() < 2 {
                prop_assert_eq!(row.len(), 1, "the stand-in for an empty record");
            } else {
                prop_assert_eq!(row, &wanted);
            }
        }
    }
}
