//! What holds for any input.

use super::super::{decide, decode_string, is_valid};
use super::*;
use crate::batch::Form;
use proptest::prelude::*;

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(""), 1 => Just(" "), 1 => Just("\t\r"), 1 => Just("\n ")]
}

fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z@]{0,6}",
        1 => Just("é".to_owned()),
        1 => Just("😀".to_owned()),
        1 => Just("\\n".to_owned()),
        1 => Just("\\\"".to_owned()),
        1 => Just("\\\\".to_owned()),
        1 => Just("\\u00e9".to_owned()),
        1 => Just("\\ud83d\\ude00".to_owned()),
        1 => Just("[{,}]:".to_owned()),
    ];
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => string(),
        1 => prop_oneof![Just("0"), Just("-1.5e+3"), Just("12345678901234567890"), Just("true"), Just("false"), Just("null")]
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let member = (string(), space(), inner.clone()).prop_map(|(k, s, v)| format!("{k}{s}:{s}{v}"));
        prop_oneof![
            (proptest::collection::vec(inner, 0..5), space())
                .prop_map(|(items, s)| format!("[{s}{}{s}]", items.join(&format!("{s},{s}")))),
            (proptest::collection::vec(member, 0..5), space())
                .prop_map(|(members, s)| format!("{{{s}{}{s}}}", members.join(&format!("{s},{s}")))),
        ]
    })
}

/// Values, and values with a byte changed, taken out or put in.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![proptest::sample::select(b"{}[],:\"\\ \n0-.eEtu+\xff\xc3\x01".to_vec()), any::<u8>()];
    let change = (any::<proptest::sample::Index>(), 0..3, byte);
    (value(), proptest::collection::vec(change, 0..3)).prop_map(|(text, changes)| {
        let mut bytes = text.into_bytes();
        for (index, kind, byte) in changes {
            let at = index.index(bytes.len() + 1);
            match kind {
                0 => bytes.insert(at, byte),
                _ if at == bytes.len() => {}
                1 => bytes[at] = byte,
                _ => drop(bytes.remove(at)),
            }
        }
        bytes
    })
}

fn oracle(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok() && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

/// Collects the strings that are no keys, in order.
fn strings(value: &serde_json::Value, out: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => out.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, out)),
        _ => {}
    }
}

fn spliced(part: &[u8], ranges: &[std::ops::Range<u32>]) -> Vec<u8> {
    let mut out = part.to_vec();
    for range in ranges.iter().rev() {
        out.drain(range.start as usize..range.end as usize);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_json_is_accepted_and_nothing_else(bytes in bytes()) {
        prop_assert_eq!(is_valid(&bytes), oracle(&bytes));
        if !bytes.contains(&b'\n') && !bytes.trim_ascii().is_empty() {
            let outcome = run(&bytes, Shape::Lines, 64);
            prop_assert_eq!(outcome.records.len(), 1);
            prop_assert_eq!(outcome.records[0].1.is_none(), oracle(&bytes));
        }
    }

    #[test]
    fn a_document_is_wholly_accepted_or_not(bytes in bytes()) {
        if let Some(shape) = decide(&bytes, true, true) {
            let outcome = run(&bytes, shape, 16);
            let accepted = outcome.records.iter().all(|r| r.1.is_none());
            if oracle(&bytes) {
                prop_assert!(accepted);
                prop_assert_ne!(shape, Shape::Lines);
            } else if !matches!(shape, Shape::Lines | Shape::ReturnLines) {
                prop_assert!(!accepted || bytes.trim_ascii().is_empty());
            }
        }
    }

    #[test]
    fn records_do_not_depend_on_the_cut(values in proptest::collection::vec(bytes(), 0..6), target in 7usize..80, array: bool, returns: bool, limit in 5usize..60) {
        let (shape, input) = if array {
            (Shape::Array, [b"[ ", values.join(&b", "[..]).as_slice(), b" ]\n"].concat())
        } else {
            let shape = if returns { Shape::ReturnLines } else { Shape::Lines };
            (shape, values.join(&[shape.line_end()][..]))
        };
        let whole = run(&input, shape, 1 << 20);
        let cut = run(&input, shape, target);
        prop_assert_eq!(&whole.records, &cut.records);
        prop_assert_eq!(&whole.cells, &cut.cells);
        prop_assert_eq!(&whole.tail, &cut.tail);
        let limits = Limits { record_bytes: limit, nesting: 3 };
        let limited = |target: usize| {
            let (outcome, all) = run_reader(std::io::Cursor::new(input.clone()), shape, target, limits);
            assert_eq!(text_of(&all), text_of(&input));
            // A large element takes its comma along.
            let records = outcome.records.into_iter();
            (records.map(|(text, r)| (text.trim_end_matches([' ', '\r', '\n', '\t', ',']).to_owned(), r)).collect::<Vec<_>>(), outcome.cells, outcome.tail)
        };
        prop_assert_eq!(limited(1 << 20), limited(target));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, target in 1usize..9, pick in 0usize..4) {
        let shape = [Shape::Lines, Shape::Array, Shape::Document, Shape::ReturnLines][pick];
        run(&bytes, shape, target);
        decide(&bytes, pick == 0, true);
        let (part, block) = parsed(shape, &bytes);
        let all: Vec<u32> = (0..block.cells.len() as u32).collect();
        Json::new(shape, Limits::default()).removals(&part.bytes, &block, &all);
    }

    #[test]
    fn no_edit_is_identity_and_texts_are_what_serde_reads(text in value()) {
        let (part, block) = parsed(Shape::Document, text.as_bytes());
        let json = Json::new(Shape::Document, Limits::default());
        let mut out = Vec::new();
        for cell in &block.cells {
            out.clear();
            json.rewrite(&part.bytes, &block, cell, &[], &mut out);
            prop_assert_eq!(&out[..], &part.bytes[cell.start as usize..cell.end as usize]);
            if cell.form == Form::Quoted || cell.form == Form::Key {
                let expected: String = serde_json::from_slice(&out).unwrap();
                prop_assert_eq!(block.text(&part.bytes, cell), expected.as_bytes());
                prop_assert_eq!(decode_string(&out), expected);
            }
        }
        let mut expected = Vec::new();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        strings(&value, &mut expected);
        let found: Vec<_> = block.cells.iter().filter(|c| c.form == Form::Quoted).map(|c| text_of(block.text(&part.bytes, c))).collect();
        prop_assert!(expected.iter().all(|e| found.contains(e)));
    }

    #[test]
    fn edits_do_to_the_text_what_they_say(literal in string(), cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..6), by in "[a\"\\\\\n]{0,3}") {
        let (part, block) = parsed(Shape::Document, literal.as_bytes());
        let text: String = serde_json::from_str(&literal).unwrap();
        let borders: Vec<usize> = (0..=text.len()).filter(|&i| text.is_char_boundary(i)).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|i| borders[i.index(borders.len())]).collect();
        cuts.sort_unstable();
        let edits: Vec<Edit> = cuts.chunks_exact(2).map(|c| edit(c[0], c[1], &by)).collect();
        let mut expected = text.clone();
        for edit in edits.iter().rev() {
            expected.replace_range(edit.span.start as usize..edit.span.end as usize, &by);
        }
        let mut out = Vec::new();
        Json::new(Shape::Document, Limits::default()).rewrite(&part.bytes, &block, &block.cells[0], &edits, &mut out);
        prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), expected);
    }

    #[test]
    fn what_is_cut_is_gone_and_the_rest_is_json(text in value(), picks: u64) {
        let text = format!("{{\"r\":{text}}}");
        let (part, block) = parsed(Shape::Document, text.as_bytes());
        let picked: Vec<u32> = (0..block.cells.len() as u32).filter(|&i| picks >> (i % 64) & 1 == 1).collect();
        let ranges = Json::new(Shape::Document, Limits::default()).removals(&part.bytes, &block, &picked);
        prop_assert!(ranges.windows(2).all(|w| w[0].end < w[1].start));
        let cut = spliced(&part.bytes, &ranges);
        prop_assert!(is_valid(&cut));
        let (after, after_block) = parsed(Shape::Document, &cut);
        if block.cells.iter().all(|c| c.form != Form::Key) {
            let literals = |part: &Part, cells: Vec<crate::batch::Cell>| -> Vec<String> {
                cells.iter().map(|c| text_of(&part.bytes[c.start as usize..c.end as usize])).collect()
            };
            let left = (0..).zip(&block.cells).filter(|(i, _)| !picked.contains(i)).map(|(_, c)| *c).collect();
            prop_assert_eq!(literals(&after, after_block.cells.clone()), literals(&part, left));
        }
    }
}
