//! UTF-16 and UTF-32: what comes out is what comes out of the same text in UTF-8, in the encoding that went in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod place;

use place::{Place, bz2, gunzip, gz, unbz2, unzst, zst};
use std::fmt::Write as _;

const ENCODINGS: [&str; 4] = ["utf-16le", "utf-16be", "utf-32le", "utf-32be"];

/// `text` in an encoding.
fn wide(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "utf-32le" => text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
        _ => text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
    }
}

/// Texts in every format, with every odd end: name, text, why.
fn texts() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        ("plain.csv", "id,mail\n1,maria.lang@example.com\n2,none\n", "a table"),
        ("ends.csv", "id,mail\r\n1,ann@example.com\r\n\r\n2,\"a\r\nb\"\r\n", "the other line ends, a blank line, a quoted one"),
        ("open.csv", "id,note\n1,x\n2,bob@example.com", "no line end at the end"),
        ("old.csv", "id,note\r1,x\r2,bob@example.com\r", "line ends of one CR"),
        ("semicolon.csv", "id;note\n1;\"é; ann@example.com\"\n2;€😀\n", "another delimiter, all widths of characters"),
        ("short.csv", "id,note\n1,x,too,many\n2,y\n", "a row that is rejected"),
        ("quote.csv", "id,note\n1,x\n2,\"open ann@example.com\n", "a quote to the end"),
        ("personal.csv", "id,ann@example.com\n1,x\n2,y\n", "a column whose name is masked"),
        ("tabs.tsv", "id\tnote\n1\tПривет, ann@example.com, 中文\n2\tb\n", "tabs"),
        ("cyrillic.csv", "имя,почта\nАнна Иванова,anna@example.com\nПётр Петров,нет\nИван Сидоров,да\n", "NULs are rare"),
        ("lines.jsonl", "{\"mail\": \"ann@example.com\", \"t\": \"é\\ud83d\\ude00\"}\n\n{\"mail\": 1}", "lines"),
        ("broken.jsonl", "{\"mail\": \"ann@example.com\"}\r\n{\"mail\": \r\n{\"mail\": 3}\r\n", "a line that is no JSON"),
        ("cyrillic.jsonl", "{\"текст\": \"Привет, мир\"}\n{\"текст\": \"ann@example.com\"}\n", "JSON with few ASCII letters"),
        ("array.json", "[\n  {\"mail\": \"ann@example.com\"},\n  {\"x\": \"中文\"}\n]\n", "an array"),
        ("document.json", "{\"deep\": {\"mail\": [\"ann@example.com\", 2]}}", "a document"),
        ("old.jsonl", "{\"mail\": \"ann@example.com\"}\r\r{\"mail\": \r{\"x\": 1}\r", "line ends of one CR"),
        ("list.json", "[1]", "the shortest"),
        ("nothing.csv", "id,note\n1,\"quoted, and é\"\n\n2,  spaces \n", "nothing to be found"),
        ("nothing.json", "[ {\"a\" :1.50, \"b\": \"\\u00e9\"} , 2 ]\r\n", "nothing to be found"),
    ]
}

/// Every encoding, with a mark and without: its folder, the encoding, what comes first.
fn coats() -> Vec<(String, &'static str, &'static str)> {
    let marked = |mark: bool| if mark { ("-mark", "\u{FEFF}") } else { ("", "") };
    let each = |encoding: &'static str| [false, true].map(|m| (format!("{encoding}{}", marked(m).0), encoding, marked(m).1));
    ENCODINGS.into_iter().flat_map(each).collect()
}

#[test]
fn a_wide_file_comes_out_as_the_same_text_does_in_utf_8() {
    let place = Place::new();
    for (name, text, _) in texts() {
        place.write(&format!("in/utf-8/{name}"), text);
        place.write(&format!("in/utf-8-mark/{name}"), format!("\u{FEFF}{text}"));
        for (folder, encoding, mark) in coats() {
            place.write(&format!("in/{folder}/{name}"), wide(&format!("{mark}{text}"), encoding));
        }
    }
    place.run("clean in --out o --no-poison").expect(3);
    place.run("verify o -q").expect(0);
    let findings = place.findings("o");
    let (ledger, rejects) = (place.ledger("o"), place.rejects("o"));
    let of = |lines: &[String], folder: &str| -> Vec<String> {
        lines.iter().filter_map(|l| l.strip_prefix(&format!("{folder}/")).map(str::to_owned)).collect()
    };
    let without_offset = |lines: Vec<String>| -> Vec<Vec<String>> {
        lines.iter().map(|l| l.split(' ').enumerate().filter(|(at, _)| *at != 2).map(|(_, w)| w.to_owned()).collect()).collect()
    };
    for (folder, encoding, mark) in coats() {
        let plain = if mark.is_empty() { "utf-8" } else { "utf-8-mark" };
        assert_eq!(of(&findings, &folder), of(&findings, plain), "{folder}: the same findings");
        assert_eq!(of(&ledger, &folder), of(&ledger, plain), "{folder}: the same ledger");
        let rejected = |folder| without_offset(of(&rejects, folder));
        assert_eq!(rejected(&folder), rejected(plain), "{folder}: the same records rejected");
        for (name, text, why) in texts() {
            for part in ["clean", "rejected"] {
                let Ok(expected) = std::fs::read_to_string(place.path(&format!("o/{part}/{plain}/{name}"))) else { continue };
                let got = place.read(&format!("o/{part}/{folder}/{name}"));
                assert!(got == wide(&expected, encoding), "{folder}: {part}/{name}: {why}: {}", got.escape_ascii());
            }
            if name.starts_with("nothing") || name == "list.json" {
                let (before, after) = (wide(&format!("{mark}{text}"), encoding), place.read(&format!("o/clean/{folder}/{name}")));
                assert!(before == after, "{folder}/{name}: not a byte of it was touched");
            }
        }
    }
    assert!(findings.iter().filter(|l| l.contains("contact.email")).count() >= 100, "{findings:?}");
    let report = place.report("o");
    let formats: Vec<&str> =
        report["files"].as_array().unwrap().iter().filter_map(|f| f["format"].as_str()).filter(|f| f.contains('+')).collect();
    assert_eq!(formats.len(), 8 * texts().len(), "the report names the encoding: {formats:?}");

    place.run("scan in --out s --no-poison").expect(3);
    assert_eq!(place.findings("s"), findings, "a scan finds the same");
    place.run("clean o/clean --out again --no-poison").expect(0);
    assert!(place.tree("again/clean") == place.tree("o/clean"), "cleaning again changes nothing");
}

#[test]
fn broken_units_reject_their_record_and_are_kept() {
    let le = |text: &str| wide(text, "utf-16le");
    let be = |text: &str| wide(text, "utf-16be");
    let quad = |text: &str| wide(text, "utf-32le");
    let head = "\u{FEFF}id,mail\n1,ann@example.com\n";
    let (tail, line) = ("3,bob@example.com\n", "{\"a\": \"x\"}\n");
    // Name; bytes before, the broken record, bytes behind; what is rejected beyond the record; the offset and the reason.
    for (name, before, record, behind, added, expected, why) in [
        (
            "a.csv",
            le(head),
            [le("2,x"), b"\0\xD8".to_vec(), le("\n")].concat(),
            le(tail),
            vec![],
            "54 invalid-encoding",
            "a first half",
        ),
        (
            "a.csv",
            be(head),
            [be("2,x"), b"\xDC\0".to_vec(), be("y\n")].concat(),
            be(tail),
            vec![],
            "54 invalid-encoding",
            "a second half",
        ),
        ("a.csv", le(head), b"\n".to_vec(), vec![], b"\n\0".to_vec(), "54 invalid-encoding", "a byte too many, and a line end"),
        (
            "a.csv",
            le(head),
            [le("2,x"), b"\xD8".to_vec()].concat(),
            vec![],
            b"\n\0".to_vec(),
            "54 invalid-encoding",
            "the last unit is cut",
        ),
        (
            "a.csv",
            quad(head),
            [quad("2,"), b"\0\0\x11\0".to_vec(), quad("\n")].concat(),
            quad(tail),
            vec![],
            "108 invalid-encoding",
            "above the last character",
        ),
        (
            "a.csv",
            quad(head),
            [quad("2,"), b"\xFF\xFF\xFF\xFF".to_vec(), quad("\n")].concat(),
            quad(tail),
            vec![],
            "108 invalid-encoding",
            "far above",
        ),
        (
            "a.csv",
            quad(head),
            [quad("2,"), b"\0\xD8\0\0\0\xDC\0\0".to_vec(), quad("\n")].concat(),
            quad(tail),
            vec![],
            "108 invalid-encoding",
            "a pair, where there are none",
        ),
        ("a.csv", quad(head), b"\n\0\0".to_vec(), vec![], quad("\n"), "108 invalid-encoding", "three bytes of four"),
        (
            "a.jsonl",
            le(line),
            [le("{\"a\": \""), b"\0\xD8".to_vec(), le("\"}\n")].concat(),
            le(line),
            vec![],
            "22 invalid-encoding",
            "in a string",
        ),
        (
            "a.json",
            be("[1,\n "),
            [be("\""), b"\xDC\0".to_vec(), be("\"")].concat(),
            be(", 3]"),
            be("\n"),
            "10 invalid-encoding",
            "in an element",
        ),
    ] {
        let place = Place::new();
        place.write(&format!("in/{name}"), [&before[..], &record, &behind].concat());
        for (out, run) in [("o", "--jobs 1"), ("p", "--jobs 3")] {
            place.run(&format!("clean in --out {out} --no-poison {run}")).expect(3);
            place.run(&format!("verify {out} -q")).expect(0);
        }
        assert_eq!(place.tree("o/clean"), place.tree("p/clean"), "{why}");
        assert_eq!(place.rejects("o"), [format!("{name} 1 {expected}")], "{why}");
        let rejected = place.read(&format!("o/rejected/{name}"));
        assert!(rejected == [&record[..], &added].concat(), "{why}: {}", rejected.escape_ascii());
        let clean = place.read(&format!("o/clean/{name}"));
        let left = [le("@example"), be("@example"), quad("@example")];
        assert!(left.iter().all(|left| memchr::memmem::find(&clean, left).is_none()), "{why}");
    }
}

/// Many parts, all widths of characters, a value in each row.
fn long() -> String {
    (0..17_000).fold("\u{FEFF}id,name,mail\r\n".to_owned(), |mut out, n| {
        let _ = write!(out, "{n},Привет 中文 😀 {},user{n}@example.com\r\n", "x".repeat(n % 40));
        out
    })
}

#[test]
fn long_and_packed_files_are_the_same_for_any_number_of_workers() {
    let text = long();
    let place = Place::new();
    place.write("p.toml", "[pii.operators]\n\"finance.iban\" = { operator = \"drop-row\" }\n");
    let row = "7,DE89370400440532013000,x\r\n";
    let at = text.find("9000,").unwrap();
    let text = format!("{}{row}{}{row}", &text[..at], &text[at..]);
    place.write("in/a.csv", &text);
    let bytes = |encoding| wide(&text, encoding);
    place.write("in/le.csv", bytes("utf-16le"));
    place.write("in/be.csv.gz", gz(&bytes("utf-16be")));
    place.write("in/le.csv.zst", zst(&bytes("utf-32le")));
    place.write("in/be.csv.bz2", bz2(&bytes("utf-32be")));
    for (out, jobs) in [("o", 1), ("p", 4)] {
        place.run(&format!("clean in --out {out} --no-poison --policy p.toml --jobs {jobs} --memory 384MiB")).expect(0);
    }
    assert_eq!(place.tree("o/clean"), place.tree("p/clean"));
    assert_eq!(place.tree("o/quarantine"), place.tree("p/quarantine"));
    place.run("verify o -q").expect(0);
    for part in ["clean", "quarantine"] {
        let expected = place.text(&format!("o/{part}/a.csv"));
        assert!(expected.starts_with("\u{FEFF}id,name"), "{part}");
        let read = |name: &str| place.read(&format!("o/{part}/{name}"));
        for (got, encoding) in [
            (read("le.csv"), "utf-16le"),
            (gunzip(&read("be.csv.gz")), "utf-16be"),
            (unzst(&read("le.csv.zst")), "utf-32le"),
            (unbz2(&read("be.csv.bz2")), "utf-32be"),
        ] {
            assert!(got == wide(&expected, encoding), "{part} in {encoding}");
        }
    }
}

#[test]
fn marks_alone_and_other_verbs_know_the_encodings() {
    let place = Place::new();
    let text = "id,mail,label\n".to_owned() + &"1,ann@example.com,a\n".repeat(50);
    for (folder, encoding, mark) in coats() {
        place.write(&format!("in/{folder}.csv"), wide(&format!("{mark}{text}"), encoding));
        if !mark.is_empty() {
            place.write(&format!("marks/{encoding}.csv"), wide(mark, encoding));
        }
    }
    place.run("clean marks --out o").expect(0);
    assert_eq!(place.tree("o/clean"), place.tree("marks"), "a mark alone is nothing to read, and stays");
    place.run("verify o -q").expect(0);
    let manifest = place.text("o/manifest.json");
    place.write("o/manifest.json", manifest.replace("\"utf-16le\"", "\"utf-7\""));
    let verified = place.run("verify o").expect(4);
    assert!(verified.out.contains("encoding") || verified.err.contains("encoding"), "{}{}", verified.out, verified.err);
    let init = place.run("init in").expect(0);
    assert!(init.out.contains("mail") && init.out.contains("400"), "{}", init.out);
    place.run("profile in --out a.profile").expect(0);
    assert!(place.path("a.profile").exists());
    let piped = wide("{\"a\": \"ann@example.com\"}\n", "utf-16be");
    place.piped("clean - --format jsonl --out q", &piped).expect(0);
    assert_eq!(place.read("q/clean/stdin.jsonl"), wide("{\"a\": \"<EMAIL>\"}\n", "utf-16be"));
}
