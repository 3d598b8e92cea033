//! One row a behaviour.

use super::*;
use crate::batch::Form;
use Shape::{Array, Document, Lines};

#[test]
fn records_are_cut_and_judged() {
    use Reason::{InvalidEncoding, InvalidJson, Truncated};
    type Row = (Shape, &'static [u8], &'static str, &'static [(&'static str, Option<Reason>)], Option<&'static str>);
    let rows: &[(Row, &str)] = &[
        ((Lines, b"{}\n[1]\n", "", &[("{}\n", None), ("[1]\n", None)], None), "two lines"),
        ((Lines, b"\n {}\r\n\n\n1", "\n", &[(" {}\r\n", None), ("1", None)], None), "blank lines are gaps"),
        ((Lines, b"\xEF\xBB\xBF{}\n", "\u{feff}", &[("{}\n", None)], None), "byte-order mark"),
        (
            (Lines, b"{\"a\":\n1}\n", "", &[("{\"a\":\n", Some(InvalidJson)), ("1}\n", Some(InvalidJson))], None),
            "a line is a record",
        ),
        ((Lines, b"{\"a\":\r1}\n", "", &[("{\"a\":\r1}\n", None)], None), "a lone CR is white space"),
        ((Lines, b"{}{}\n{}", "", &[("{}{}\n", Some(InvalidJson)), ("{}", None)], None), "two values a line"),
        ((Lines, b"{}\n{\"a", "", &[("{}\n", None), ("{\"a", Some(Truncated))], None), "cut last line"),
        ((Lines, b"[\"\xff\"]\n1\n", "", &[("[\"\u{fffd}\"]\n", Some(InvalidEncoding)), ("1\n", None)], None), "UTF-8 a record"),
        ((Array, b" [ 1 , {} ]\n", " [ ", &[("1", None), ("{}", None)], Some(" ]\n")), "an array"),
        ((Array, b"[]", "[", &[], Some("]")), "empty array"),
        ((Array, b"[ \n ]", "[ \n ", &[], Some("]")), "blank array"),
        ((Array, b"[1,,2]", "[", &[("1", None), (",,2]", Some(InvalidJson))], None), "two commas"),
        ((Array, b"[1 2]", "[", &[("1", None), (" 2]", Some(InvalidJson))], None), "no comma"),
        ((Array, b"[1,]", "[", &[("1", None), (",]", Some(InvalidJson))], None), "trailing comma"),
        ((Array, b"[,1]", "[", &[(",1]", Some(InvalidJson))], None), "leading comma"),
        ((Array, b"[1]x", "[", &[("1", None), ("]x", Some(InvalidJson))], None), "garbage behind"),
        ((Array, b"[1,2", "[", &[("1", None), ("2", Some(Truncated))], None), "a last number could go on"),
        ((Array, b"[1,", "[", &[("1", None), (",", Some(Truncated))], None), "ends behind a comma"),
        ((Array, b"[", "", &[("[", Some(Truncated))], None), "ends behind the bracket"),
        (
            (Array, b"[1,{\"a\":[1}},2]", "[", &[("1", None), ("{\"a\":[1}}", Some(InvalidJson)), ("2", None)], Some("]")),
            "a broken element",
        ),
        (
            (Array, b"[1x,tru,2]", "[", &[("1x", Some(InvalidJson)), ("tru", Some(InvalidJson)), ("2", None)], Some("]")),
            "broken scalars",
        ),
        ((Array, b"[\"\xff\",2]", "[", &[("\"\u{fffd}\"", Some(InvalidEncoding)), ("2", None)], Some("]")), "UTF-8 an element"),
        ((Array, b"{}", "", &[("{}", Some(InvalidJson))], None), "no array at all"),
        ((Document, b"\n{\n}\n\n", "\n", &[("{\n}\n", None)], None), "a printed document"),
        ((Document, b"{} x", "", &[("{} x", Some(InvalidJson))], None), "garbage behind a document"),
        ((Document, b"{\"a\":1", "", &[("{\"a\":1", Some(Truncated))], None), "a cut document"),
        ((Document, b" ", " ", &[], None), "blank"),
        ((Document, b"\xEF\xBB\xBF", "", &[("\u{feff}", Some(Truncated))], None), "a byte-order mark and no text"),
    ];
    for ((shape, input, head, records, tail), reason) in rows {
        for target in [1, 7, 1 << 20] {
            let outcome = run(input, *shape, target);
            assert_eq!(outcome.head, *head, "{reason}, target {target}");
            let expected: Vec<_> = records.iter().map(|(text, reject)| ((*text).to_owned(), *reject)).collect();
            assert_eq!(outcome.records, expected, "{reason}, target {target}");
            assert_eq!(outcome.tail.as_deref(), *tail, "{reason}, target {target}");
        }
    }
}

#[test]
fn cells_have_exact_names_and_decoded_texts() {
    let input = r#"{"a":"x","b":[{"c":1.5},{"c":"\u0041\n"},[true,null]],"x.y":{"":""},"a":"again","k\u0065y":"e"}"#;
    let outcome = run(input.as_bytes(), Lines, 1 << 20);
    let cells: Vec<_> = outcome.cells.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let expected = [
        ("a", "x"),
        ("b[0].c", "1.5"),
        ("b[1].c", "A\n"),
        ("b[2][0]", "true"),
        ("b[2][1]", ""),
        (r#"["x.y"][""]"#, ""),
        ("a", "again"),
        ("key", "e"),
    ];
    assert_eq!(cells, expected);
    let outcome = run(b"[[1,2],\"x\"]\n3\n", Lines, 1 << 20);
    let names: Vec<_> = outcome.cells.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(names, ["[0][0]", "[0][1]", "[1]", "value"], "root arrays and scalars");
}

#[test]
fn forms_and_columns_fit_the_literals() {
    let (part, block) = parsed(Lines, br#"{"m":[{"t":"a"},{"t":1,"u":null}]}"#);
    let forms: Vec<_> = block.cells.iter().map(|c| (c.form, block.columns[c.column as usize].name.as_str())).collect();
    assert_eq!(forms, [(Form::Quoted, "m[].t"), (Form::Scalar, "m[].t"), (Form::Null, "m[].u")]);
    assert_eq!(block.columns[0].elements, ["m", "t"], "elements leave list positions out");
    assert_eq!(block.text(&part.bytes, &block.cells[2]), b"", "null has no text");
}

#[test]
fn edits_keep_what_they_do_not_touch() {
    for (literal, edits, expected, reason) in [
        (r#""a b""#, vec![edit(0, 1, "X")], r#""X b""#, "plain"),
        (r#""\u0061nn\u0040x \/ y""#, vec![edit(0, 5, "<E>")], r#""<E> \/ y""#, "escapes go whole, others stay as written"),
        (r#""\u00e9x""#, vec![edit(1, 2, "_")], r#""_x""#, "half an escape is the whole escape"),
        (r#""éx""#, vec![edit(1, 2, "_")], r#""_x""#, "half a character is the whole character"),
        (r#""\ud83d\ude00!""#, vec![edit(4, 5, "?")], r#""\ud83d\ude00?""#, "a pair is four bytes"),
        (r#""ab""#, vec![edit(0, 1, "\"\\\n\u{1}é")], r#""\"\\\n\u0001éb""#, "replacements are escaped"),
        (r#""a\tb\tc""#, vec![edit(0, 1, "1"), edit(2, 3, "2"), edit(4, 5, "3")], r#""1\t2\t3""#, "many edits"),
        (r#""abc""#, vec![edit(1, 1, "-")], r#""a-bc""#, "an insertion"),
        (r#""abc""#, vec![edit(2, 9, "-")], r#""ab-""#, "a span behind the end"),
        ("12", vec![edit(0, 2, "<N>")], "null", "an edited number is null"),
        ("true", vec![], "true", "no edit"),
        ("null", vec![edit(0, 0, "x")], "null", "null stays null"),
        (r#""a""#, vec![Edit { span: 0..1, replacement: Replacement::Null }], "null", "null takes the quotes too"),
    ] {
        let (part, block) = parsed(Lines, literal.as_bytes());
        let mut out = Vec::new();
        Json::new(Lines, Limits::default()).rewrite(&part.bytes, &block, &block.cells[0], &edits, &mut out);
        assert_eq!(text_of(&out), expected, "{reason}");
    }
}

fn masked_keys(input: &str) -> String {
    let (part, block) = parsed(Lines, input.as_bytes());
    let mut out = Vec::new();
    let mut at = 0;
    for cell in block.cells.iter().filter(|c| c.form == Form::Key) {
        out.extend_from_slice(&part.bytes[at..cell.start as usize]);
        let all = [edit(0, (cell.text_end - cell.text_start) as usize, "<EMAIL>")];
        Json::new(Lines, Limits::default()).rewrite(&part.bytes, &block, cell, &all, &mut out);
        at = cell.end as usize;
    }
    out.extend_from_slice(&part.bytes[at..]);
    text_of(&out)
}

#[test]
fn masked_keys_stay_apart() {
    for (input, expected, reason) in [
        (r#"{"a@b":1}"#, r#"{"<EMAIL>":1}"#, "one"),
        (r#"{"a@b":1,"c@d":2,"\u0040":3}"#, r#"{"<EMAIL>":1,"<EMAIL>_2":2,"<EMAIL>_3":3}"#, "three"),
        (r#"{"<EMAIL>":0,"a@b":1}"#, r#"{"<EMAIL>":0,"<EMAIL>_2":1}"#, "a sibling has the tag already"),
        (r#"{"a@b":1,"c@d":2,"<EMAIL>_2":0}"#, r#"{"<EMAIL>":1,"<EMAIL>_3":2,"<EMAIL>_2":0}"#, "also behind and numbered"),
        (r#"{"a@b":{"c@d":{},"e@f":1},"g@h":2}"#, r#"{"<EMAIL>":{"<EMAIL>":{},"<EMAIL>_2":1},"<EMAIL>_2":2}"#, "an object each"),
        (r#"[{"a@b":1},{"a@b":2}]"#, r#"[{"<EMAIL>":1},{"<EMAIL>":2}]"#, "elements do not meet"),
    ] {
        assert_eq!(masked_keys(input), expected, "{reason}");
        assert_eq!(masked_keys(expected), expected, "masked keys are left alone: {reason}");
    }
    let (_, block) = parsed(Lines, br#"{"a@b":{"x":1}}"#);
    let names: Vec<_> = block.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, [r#"["<EMAIL>"]"#, r#"["<EMAIL>"].x"#], "names show the mask");
}

#[test]
fn hostile_key_counts_share_columns_and_stay_scanned() {
    let keys: Vec<String> = (0..6000).map(|i| format!("\"k{i}\":{{\"x\":[{i}]}}")).collect();
    let input = format!("{{\"a\":{{{},\"p@q\":{{\"r@s\":1}}}}}}\n", keys.join(","));
    let (part, block) = parsed(Lines, input.as_bytes());
    assert!(block.columns.len() <= 4097);
    assert_eq!(block.cells.iter().filter(|c| c.form == Form::Scalar).count(), 6001);
    assert_eq!(block.cells.iter().filter(|c| c.form == Form::Key).count(), 2, "personal keys are still found");
    let last = block.cells[block.cells.len() - 1];
    assert_eq!(block.columns[last.column as usize].name, "a{}");
    assert_eq!(block.text(&part.bytes, &last), b"1");
}

#[test]
fn cuts_leave_json() {
    for (input, columns, expected, reason) in [
        (r#"{"a":1, "b":2, "c":3}"#, &["a"][..], r#"{"b":2, "c":3}"#, "the first"),
        (r#"{"a":1, "b":2, "c":3}"#, &["b"], r#"{"a":1, "c":3}"#, "the middle"),
        (r#"{"a":1, "b":2, "c":3 }"#, &["c"], r#"{"a":1, "b":2 }"#, "the last"),
        (r#"{"a":1, "b":2, "c":3}"#, &["a", "b"], r#"{"c":3}"#, "the first two"),
        (r#"{"a":1, "b":2, "c":3}"#, &["a", "c"], r#"{"b":2}"#, "first and last"),
        (r#"{"a":1, "b":2, "c":3}"#, &["b", "c"], r#"{"a":1}"#, "the last two"),
        (r#"{ "a":1, "b":2 , "c":3 }"#, &["a", "b", "c"], "{  }", "all"),
        (r#"{"a":1,"a":2,"b":3,"a":4}"#, &["a"], r#"{"b":3}"#, "duplicates"),
        (r#"{"l":["x","y"],"o":{"p":1,"q":[{"r":1}]}}"#, &["l[]", "o.q[].r"], r#"{"l":[],"o":{"p":1,"q":[{}]}}"#, "nested"),
        (r#"{"x":0,"a@b":{"c":1},"d":2}"#, &[r#"["<EMAIL>"]"#, r#"["<EMAIL>"].c"#], r#"{"x":0,"d":2}"#, "a key takes its value"),
        (r#""secret""#, &["value"], r#""""#, "a whole record"),
        ("{\"a\":1}\n{\"b\":1,\"a\":1}\n", &["a"], "{}\n{\"b\":1}\n", "two records"),
    ] {
        let (part, block) = parsed(Lines, input.as_bytes());
        let wanted: Vec<u32> = (0..block.cells.len() as u32)
            .filter(|&i| columns.contains(&block.columns[block.cells[i as usize].column as usize].name.as_str()))
            .collect();
        let mut out = part.bytes.clone();
        for range in Json::new(Lines, Limits::default()).removals(&part.bytes, &block, &wanted).into_iter().rev() {
            out.drain(range.start as usize..range.end as usize);
        }
        assert_eq!(text_of(&out), expected, "{reason}");
    }
}

#[test]
fn large_records_come_in_pieces() {
    let limits = Limits { record_bytes: 20, nesting: 128 };
    let long = format!("\"{}\"", "x".repeat(99));
    for (shape, input, expected, reason) in [
        (Lines, format!("1\n{long}\n2\n"), vec![("1\n", None), ("L\n", Some(Reason::TooLarge)), ("2\n", None)], "a line"),
        (Lines, format!("1\n{long}"), vec![("1\n", None), ("L", Some(Reason::TooLarge))], "the last line"),
        (Array, format!("[1,{long} , 2]"), vec![("1", None), ("L , ", Some(Reason::TooLarge)), ("2", None)], "an element"),
        (Array, format!("[{long}]"), vec![("L", Some(Reason::TooLarge))], "the only element"),
        (Array, format!("[{long}"), vec![("L", Some(Reason::TooLarge))], "and no bracket"),
        (Document, format!("{long}\n"), vec![("L\n", Some(Reason::TooLarge))], "a document"),
    ] {
        for target in [1, 5, 19, 20, 21, 40] {
            let (outcome, all) = run_reader(std::io::Cursor::new(input.clone().into_bytes()), shape, target, limits);
            assert_eq!(text_of(&all), input);
            let records: Vec<_> = outcome.records.iter().map(|(t, r)| (t.replace(&long, "L"), *r)).collect();
            let expected: Vec<_> = expected.iter().map(|(t, r)| ((*t).to_owned(), *r)).collect();
            assert_eq!(records, expected, "{reason}, target {target}");
        }
    }
    let gap = format!("[1,{}2]", " ".repeat(99));
    let (outcome, _) = run_reader(std::io::Cursor::new(gap.into_bytes()), Array, 8, limits);
    assert_eq!(outcome.records.last().and_then(|r| r.1), Some(Reason::TooLarge), "gaps are bounded too");
    assert_eq!(outcome.tail, None);
}

#[test]
fn a_fault_rejects_what_it_cut() {
    let reason = Reason::BrokenCompression;
    for (shape, input, expected, why) in [
        (Lines, "{}\n{}", vec![("{}\n", None), ("{}", Some(reason))], "a line without its end"),
        (Lines, "{}\n", vec![("{}\n", None)], "between lines"),
        (Array, "[1,2", vec![("1", None), ("2", Some(reason))], "an element"),
        (Array, "[1]", vec![("1", None), ("]", Some(reason))], "no tail"),
        (Document, "{}", vec![("{}", Some(reason))], "a document"),
        (Lines, "", vec![], "at once"),
    ] {
        for target in [3, 4, 100] {
            let reader = Failing(std::io::Cursor::new(input.as_bytes().to_vec()), reason);
            let (outcome, all) = run_reader(reader, shape, target, Limits::default());
            assert_eq!(text_of(&all), input);
            let expected: Vec<_> = expected.iter().map(|(t, r)| ((*t).to_owned(), *r)).collect();
            assert_eq!((outcome.records, outcome.fault, outcome.tail), (expected, Some(reason), None), "{why}, {target}");
        }
    }
}

#[test]
fn depth_over_the_limit_is_rejected() {
    let nested = |depth: usize| format!("{}1{}\n", "[".repeat(depth), "]".repeat(depth));
    let outcome = run(format!("{}{}", nested(128), nested(129)).as_bytes(), Lines, 1 << 20);
    assert_eq!(outcome.records.iter().map(|r| r.1).collect::<Vec<_>>(), [None, Some(Reason::TooDeep)]);
}

#[test]
fn records_of_very_many_tiny_cells_are_too_large() {
    let list = |cells: usize| format!("[{}0]\n", "0,".repeat(cells - 1));
    let limits = Limits { record_bytes: 1 << 20, nesting: 128 };
    let input = [list(1 << 16), list((1 << 16) + 1)].concat();
    let (outcome, _) = run_reader(std::io::Cursor::new(input.into_bytes()), Lines, 1 << 20, limits);
    assert_eq!(outcome.records.iter().map(|r| r.1).collect::<Vec<_>>(), [None, Some(Reason::TooLarge)]);
}

#[test]
fn long_names_are_cut() {
    let key = "k".repeat(200);
    let deep = format!("{}1{}", format!("{{\"{key}\":").repeat(20), "}".repeat(20));
    let (_, block) = parsed(Lines, deep.as_bytes());
    let column = &block.columns[0];
    assert!(column.name.len() < 1200 && column.name.ends_with('…') && column.name.starts_with("[\"kkk"));
    assert_eq!(column.elements.len(), 20, "the elements are whole");
}
