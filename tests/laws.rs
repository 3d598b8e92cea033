//! The laws of the line, on random tables in every format at once, through the built command.
//!
//! `UNTAINT_CASES=500` looks further than every build can: that many cases a law, each time others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "small texts under known names"
)]

mod place;

use place::Place;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

fn config(cases: u32) -> ProptestConfig {
    let more = std::env::var("UNTAINT_CASES").ok().and_then(|n| n.parse().ok());
    ProptestConfig {
        cases: more.unwrap_or(cases),
        rng_seed: if more.is_some() { RngSeed::Random } else { RngSeed::Fixed(7) },
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    }
}

/// Values that are found wherever they stand between spaces.
const CANARIES: &[&str] = &[
    "maria.lang@example.com",
    "j.o'neil+tag@mail.example.org",
    "4111 1111 1111 1111",
    "5500005555555559",
    "078-05-1120",
    "AKIAQYLPMN5HFIQR7XYA",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "DE89370400440532013000",
];

const PLAIN: &[&str] = &[
    "",
    "plain",
    "two words",
    "3",
    "42.50",
    "true",
    "null",
    "a,b",
    "say \"hi\"",
    "it's",
    "line\nbreak",
    "back\\slash",
    "tab\there",
    "üñï ☂ 漢字",
    " padded ",
    "=1+2",
    "<b>",
    "{\"a\": 1}",
    "[x]",
    "2024-05-06",
    "\u{200b}",
    "x;y|z",
];

/// What may stand right beside a value and make a border or not.
const NEIGHBOURS: &[&str] = &[
    "",
    " ",
    "1",
    "77",
    "x",
    "_",
    "-",
    ".",
    ",",
    "@",
    "<",
    ">",
    "\"",
    "*",
    "****1111",
    "<EMAIL>",
    "<PAYMENT_CARD>",
    "ssn",
    "ssn ",
    "card no. ",
    "e-mail: ",
    "password=",
    "token: ",
    "(",
    ")",
    "/",
    "://",
    "%40",
    "\u{200d}",
    "é",
    "\n",
    "#",
    "+49 30 901820",
    "10.0.0.1",
    "tel ",
    "0",
    "00000000",
];

const NAMES: &[&str] = &["id", "mail", "note", "card number", "ssn", "text", "phone", "kéy", "a.b", "label", "password", "iban"];

#[derive(Clone, Debug)]
struct Table {
    names: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

fn table(cell: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = Table> {
    let names = proptest::sample::subsequence(NAMES, 2..5).prop_shuffle();
    names.prop_flat_map(move |names| {
        let rows = proptest::collection::vec(proptest::collection::vec(cell.clone(), names.len()), 1..9);
        rows.prop_map(move |rows| Table { names: names.clone(), rows })
    })
}

fn plain() -> impl Strategy<Value = String> + Clone {
    proptest::sample::select(PLAIN).prop_map(str::to_owned)
}

/// Plain cells, and cells that hold a canary between spaces.
fn planted() -> impl Strategy<Value = String> + Clone {
    let canary = proptest::sample::select(CANARIES);
    let word = || proptest::sample::select(&["", "see ", "the text: ", "ü ", "\"q\" ", "a, b "][..]);
    prop_oneof![3 => plain(), 2 => (word(), canary, word()).prop_map(|(before, value, after)| {
        format!("{before}{value}{}{after}", if after.is_empty() { "" } else { " " })
    })]
}

/// Values among whatever makes it hard to say where they begin, end, or whether they were masked before.
fn tangled() -> impl Strategy<Value = String> + Clone {
    let canary = proptest::sample::select(CANARIES).prop_map(str::to_owned);
    let digits = "[0-9]{2,17}".prop_map(|s| s);
    let beside = || proptest::sample::select(NEIGHBOURS).prop_map(str::to_owned);
    let piece = prop_oneof![3 => canary, 4 => beside(), 1 => digits, 1 => plain()];
    proptest::collection::vec(piece, 0..6).prop_map(|p| p.concat())
}

fn csv_cell(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

impl Table {
    fn csv(&self) -> Vec<String> {
        let line = |cells: &mut dyn Iterator<Item = &str>| cells.map(csv_cell).collect::<Vec<_>>().join(",") + "\n";
        let mut lines = vec![line(&mut self.names.iter().copied())];
        lines.extend(self.rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
        lines
    }

    /// Objects with spaces where a writer would put none, so that a rewrite would show.
    fn objects(&self) -> Vec<String> {
        let object = |row: &Vec<String>| {
            let members: Vec<String> =
                self.names.iter().zip(row).map(|(n, c)| format!("{} :{}", serde_json::json!(n), serde_json::json!(c))).collect();
            format!("{{ {}}}", members.join(", "))
        };
        self.rows.iter().map(object).collect()
    }

    fn write(&self, place: &Place, folder: &str) {
        let csv = self.csv().concat();
        let objects = self.objects();
        let lines = objects.join("\n") + "\n";
        let array = format!("[\n{}\n]\n", objects.join(",\n"));
        place.write(&format!("{folder}/a.csv"), &csv);
        place.write(&format!("{folder}/b.csv.gz"), place::gz(csv.as_bytes()));
        place.write(&format!("{folder}/c.jsonl"), &lines);
        place.write(&format!("{folder}/d.jsonl.zst"), place::zst(lines.as_bytes()));
        place.write(&format!("{folder}/e.json"), array);
        place.write(&format!("{folder}/f.parquet"), place::parquet(&lines, 3));
    }
}

/// Records of delimited text in `"` quotes, or of lines: cut where a line ends outside quotes.
fn records(text: &[u8], quotes: bool) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let (mut from, mut inside) = (0, false);
    for (at, byte) in text.iter().enumerate() {
        inside ^= quotes && *byte == b'"';
        if *byte == b'\n' && !inside {
            out.push(&text[from..=at]);
            from = at + 1;
        }
    }
    if from < text.len() {
        out.push(&text[from..]);
    }
    out
}

/// Files and the rows in them that have findings; a header is row -1.
fn touched(place: &Place, out: &str) -> BTreeSet<(String, i64)> {
    let of = |line: &String| {
        let mut words = line.split(' ');
        (words.next().unwrap().to_owned(), words.next().unwrap().parse().unwrap())
    };
    place.findings(out).iter().map(of).collect()
}

proptest! {
    #![proptest_config(config(7))]

    #[test]
    fn no_row_is_lost_and_what_no_edit_touched_is_the_byte_that_was_read(table in table(planted())) {
        let place = Place::new();
        table.write(&place, "in");
        place.run("clean in --out o -q --no-poison").expect(0);
        for line in place.ledger("o") {
            let sum = format!("{0}={0}+0+0", table.rows.len());
            prop_assert!(line.ends_with(&sum), "{line} instead of {sum}");
        }
        let touched = touched(&place, "o");
        let (before, after) = (place.unpacked("in"), place.unpacked("o/clean"));
        prop_assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
        for (name, before) in &before {
            let csv = name.contains(".csv");
            // The header of delimited text and the opening line of an array.
            let first = if csv || name.ends_with(".json") { -1 } else { 0 };
            let (before, after) = (records(before, csv), records(&after[name], csv));
            prop_assert_eq!(before.len(), after.len(), "{}", name);
            for (row, (b, a)) in (first..).zip(before.iter().zip(&after)) {
                if touched.contains(&(name.clone(), row)) {
                    prop_assert_ne!(b, a, "{} row {} has findings but is as it was", name, row);
                } else {
                    prop_assert_eq!(b.escape_ascii().to_string(), a.escape_ascii().to_string(), "{} row {}", name, row);
                }
            }
        }
    }

    #[test]
    fn a_record_that_cannot_be_read_is_rejected_verbatim_and_counted(table in table(planted()), at in 0_usize..9) {
        let place = Place::new();
        let at = at.min(table.rows.len());
        let mut csv = table.csv();
        let long = "1,2,3,4,5,6,7\n";
        csv.insert(at + 1, long.into());
        let mut lines = table.objects();
        lines.insert(at, "{\"a\": nope}".into());
        place.write("in/a.csv", csv.concat());
        place.write("in/b.jsonl", lines.join("\n") + "\n");
        place.write("in/c.json", format!("[{}]", lines.join(", ")));
        place.run("clean in --out o -q").expect(3);
        let n = table.rows.len();
        for line in place.ledger("o") {
            prop_assert!(line.contains("partial"), "{}", line);
            let sum = format!("{}={n}+0+1", n + 1);
            prop_assert!(line.ends_with(&sum), "{line} instead of {sum}");
        }
        prop_assert_eq!(place.text("o/rejected/a.csv"), long);
        prop_assert_eq!(place.text("o/rejected/b.jsonl"), "{\"a\": nope}\n");
        prop_assert_eq!(place.text("o/rejected/c.json"), "{\"a\": nope}\n");
        prop_assert_eq!(place.rejects("o").len(), 3);
        let array: Vec<serde_json::Value> = serde_json::from_str(&place.text("o/clean/c.json")).unwrap();
        prop_assert_eq!(array.len(), n);
    }

    #[test]
    fn no_planted_value_is_left_anywhere(table in table(planted())) {
        let place = Place::new();
        table.write(&place, "in");
        let keys: Vec<String> = CANARIES.iter().map(|c| serde_json::json!({*c: 1, "x": {*c: {*c: "v"}}}).to_string()).collect();
        place.write("in/keys.jsonl", keys.join("\n"));
        place.write("in/header.csv", format!("n,{},x {}\n1,2,3\n4,5,6\n", CANARIES[0], CANARIES[4]));
        let ran = place.run("clean in --out o -v --seed 3").expect(0);
        let mut haystacks = vec![("standard output".to_owned(), ran.out.into_bytes()), ("standard error".to_owned(), ran.err.into_bytes())];
        haystacks.extend(place.tree("o").into_iter().filter(|(name, _)| !name.starts_with("clean/")));
        haystacks.extend(place.tree("o/clean"));
        haystacks.extend(place.unpacked("o/clean"));
        haystacks.push(("findings".into(), place.findings("o").join("\n").into_bytes()));
        for canary in CANARIES {
            for form in forms(canary) {
                for (name, hay) in &haystacks {
                    prop_assert!(memchr::memmem::find(hay, &form).is_none(), "{} is in {}", String::from_utf8_lossy(&form), name);
                }
            }
        }
        place.run("verify o").expect(0);
    }

    #[test]
    fn any_number_of_workers_gives_the_same_bytes(table in table(tangled())) {
        let place = Place::new();
        table.write(&place, "in");
        let one = place.run("clean in --out one -q --jobs 1").code;
        let four = place.run("clean in --out four -q --jobs 4").code;
        prop_assert_eq!(one, four);
        prop_assert_eq!(lasting(&place, "one"), lasting(&place, "four"));
    }

    #[test]
    fn what_a_key_makes_is_the_same_for_any_number_of_workers(table in table(tangled()), operator in 0_usize..3) {
        let place = Place::new();
        table.write(&place, "in");
        let operator = ["encrypt", "fpe", "surrogate"][operator];
        place.write("p.toml", format!("pii.default = \"{operator}\"\n"));
        place.write("key", "0123456789abcdef0123456789abcdef");
        for jobs in [1, 4] {
            let ran = place.run(&format!("clean in --out o{jobs} -q --policy p.toml --key-file key --jobs {jobs}"));
            prop_assert!(matches!(ran.code, 0 | 3), "{}", ran.err);
        }
        prop_assert_eq!(lasting(&place, "o1"), lasting(&place, "o4"), "with {}", operator);
    }

    #[test]
    fn cleaning_what_was_cleaned_changes_and_finds_nothing(table in table(tangled()), operator in operators()) {
        let place = Place::new();
        table.write(&place, "in");
        place.write("p.toml", &operator);
        place.write("key", "0123456789abcdef0123456789abcdef");
        let call = "--policy p.toml --no-poison -q --key-file key";
        let first = place.run(&format!("clean in --out one {call}"));
        // Random text may hold what is no record; that is rejected the first time and gone the second.
        prop_assert!(matches!(first.code, 0 | 3), "{}", first.err);
        place.run(&format!("clean one/clean --out two {call}")).expect(0);
        let (one, two) = (place.unpacked("one/clean"), place.unpacked("two/clean"));
        for (name, bytes) in &one {
            prop_assert_eq!(bytes.escape_ascii().to_string(), two[name].escape_ascii().to_string(), "{} of\n{}", name, operator);
        }
        prop_assert_eq!(place.findings("two"), Vec::<String>::new(), "with {}", operator);
    }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn a_dropped_column_is_gone_and_every_row_is_still_there(table in table(tangled()), at in 0_usize..5, operator in 0_usize..3) {
        let place = Place::new();
        table.write(&place, "in");
        let name = table.names[at % table.names.len()];
        let operator = ["drop-column", "null", "redact"][operator];
        place.write("p.toml", format!("[columns.{}]\noperator = \"{operator}\"\n", serde_json::json!(name)));
        place.write("q.toml", format!("[columns.{}]\noperator = \"{operator}\"\n", serde_json::json!(format!("[\"{name}\"]"))));
        // A name that is no plain word is written as a path where data nests.
        let odd = !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        place.run("clean in/a.csv in/b.csv.gz --policy p.toml --out o -q").expect(0);
        let nested = if odd { "q.toml" } else { "p.toml" };
        place.run(&format!("clean in/c.jsonl in/d.jsonl.zst in/e.json --policy {nested} --out n -q")).expect(0);
        place.run("verify o").expect(0);
        place.run("verify n").expect(0);
        let csv = place.read("o/clean/a.csv");
        prop_assert_eq!(records(&csv, true).len(), table.rows.len() + 1, "{}", String::from_utf8_lossy(&csv));
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv.as_slice());
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        prop_assert_eq!(header.iter().any(|h| h == name), operator != "drop-column");
        if let Some(column) = header.iter().position(|h| h == name) {
            for row in reader.records() {
                let row = row.unwrap();
                prop_assert_eq!(row.get(column).unwrap_or_default(), "");
            }
        }
        for line in place.text("n/clean/c.jsonl").lines() {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            let cell = object.get(name);
            match operator {
                "drop-column" => prop_assert!(cell.is_none(), "{}", line),
                "null" => prop_assert!(cell.unwrap().is_null() || cell.unwrap() == "", "{}", line),
                _ => prop_assert_eq!(cell.unwrap(), "", "{}", line),
            }
        }
        prop_assert_eq!(place.text("n/clean/c.jsonl").lines().count(), table.rows.len());
    }
}

/// A policy with a default operator and another for some detectors. Ends are kept of values with a check digit alone: what is
/// kept of an address or a number without one may be a smaller address or number together with what stands beside it.
fn operators() -> impl Strategy<Value = String> {
    let one = || {
        proptest::sample::select(
            &[
                "\"replace\"",
                "\"redact\"",
                "\"null\"",
                "\"mask\"",
                "\"hmac\"",
                "{ operator = \"mask\", keep_last = 4 }",
                "{ operator = \"mask\", keep_first = 2, char = \"#\" }",
                "{ operator = \"mask\", char = \"•\" }",
                "{ operator = \"constant\", value = \"(gone)\" }",
                "{ operator = \"constant\", value = \"\" }",
            ][..],
        )
    };
    let id = proptest::sample::subsequence(
        &["contact.email", "finance.payment-card", "us.ssn", "contact.phone", "finance.iban"][..],
        0..3,
    );
    let other = prop_oneof![
        3 => one().prop_map(str::to_owned),
        1 => (0..3, 0..5).prop_map(|(first, last)| format!("{{ operator = \"mask\", keep_first = {first}, keep_last = {last} }}")),
    ];
    (one(), id, other, proptest::sample::select(&["recommended", "all"][..])).prop_map(|(default, ids, other, profile)| {
        let mut policy = format!("[pii]\nprofile = \"{profile}\"\ndefault = {default}\n[pii.operators]\n");
        for id in ids {
            let _ = writeln!(policy, "\"{id}\" = {other}");
        }
        policy
    })
}

/// A value as it is and as careless code would write it.
fn forms(value: &str) -> Vec<Vec<u8>> {
    let bytes = value.as_bytes();
    let mut forms = vec![bytes.to_vec(), value.replace('@', "%40").into_bytes(), value.replace(' ', "%20").into_bytes()];
    let hex = |upper: bool| {
        bytes.iter().fold(String::new(), |mut out, b| {
            let _ = if upper { write!(out, "{b:02X}") } else { write!(out, "{b:02x}") };
            out
        })
    };
    forms.extend([hex(false).into_bytes(), hex(true).into_bytes()]);
    forms.push(bytes.iter().flat_map(|b| [*b, 0]).collect());
    // Base64 at each of the three positions a value can begin at; the edges depend on what stands beside it.
    for shift in 0..3 {
        let coded = base64(&[&vec![0; shift], bytes].concat());
        forms.push(coded[shift * 4 / 3 + 2..coded.len() - 4].to_vec());
    }
    forms
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for chunk in bytes.chunks(3) {
        let n = (0..3).fold(0_u32, |n, i| n << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        out.extend((0..4).map(|i| DIGITS[(n >> (18 - 6 * i) & 63) as usize]));
    }
    out
}

/// All of OUT but what may tell one run from another: the clock, memory, and where they are shown.
fn lasting(place: &Place, out: &str) -> BTreeMap<String, Vec<u8>> {
    let mut tree = place.tree(out);
    tree.remove("report.html");
    // It holds times, and the manifest its digest.
    for (name, exempt) in [("report.json", &["timing", "memory"][..]), ("manifest.json", &["finished"][..])] {
        let mut json: serde_json::Value = serde_json::from_slice(&tree[name]).unwrap();
        for key in exempt {
            json.as_object_mut().unwrap().remove(*key);
        }
        if let Some(outputs) = json.get_mut("outputs").and_then(serde_json::Value::as_array_mut) {
            outputs.retain(|o| !o["path"].as_str().unwrap().starts_with("report."));
        }
        tree.insert(name.into(), json.to_string().into_bytes());
    }
    tree
}

#[test]
fn files_of_many_parts_come_out_the_same_for_any_number_of_workers() {
    let place = Place::new();
    let (mut csv, mut lines) = ("id,mail,note,label\n".to_owned(), String::new());
    for n in 0..24_000_u32 {
        let mail = if n % 7 == 0 { format!("user{n}@example.com") } else { String::new() };
        let note = ["a longer note, quoted\nover two lines", "short", "write to ann@example.org now"][(n % 3) as usize];
        let ssn = if n % 5000 == 17 { "078-05-1120" } else { "-" };
        let label = n % 2;
        let _ = writeln!(csv, "{n},{mail},\"{note} {ssn}\",{label}");
        if n % 1000 == 999 {
            csv += "\n1,2,3,4,5,6\n";
        }
        let object = serde_json::json!({"id": n, "mail": mail, "note": format!("{note} {ssn}"), "label": label.to_string()});
        let _ = writeln!(lines, "{object}");
        if n % 3000 == 999 {
            lines += "\n{broken}\n";
        }
    }
    let objects: Vec<&str> = lines.lines().filter(|l| l.ends_with("\"}")).collect();
    place.write("in/a.csv", &csv);
    place.write("in/b.jsonl.gz", place::gz(lines.as_bytes()));
    place.write("in/c.json", format!("[{}]", objects.join(",\n  ")));
    place.write("in/d.parquet", place::parquet(&(objects[..6000].join("\n") + "\n"), 1500));
    place.write("untaint.toml", "[pii.operators]\n\"us.ssn\" = \"drop-row\"\n");
    for jobs in ["1", "3"] {
        place.run(&format!("clean in --out o{jobs} -q --jobs {jobs}")).expect(3);
    }
    let ledger = place.ledger("o1");
    assert_eq!(
        ledger,
        [
            "a.csv partial too-many-fields (24) 24024=23995+5+24",
            "b.jsonl.gz partial invalid-json (8) 24008=23995+5+8",
            "c.json complete - 24000=23995+5+0",
            "d.parquet complete - 6000=5998+2+0",
        ]
    );
    let (one, three) = (lasting(&place, "o1"), lasting(&place, "o3"));
    assert!(one.keys().eq(three.keys()));
    for (name, bytes) in &one {
        assert!(three[name] == *bytes, "{name} differs");
    }
    let array: Vec<serde_json::Value> = serde_json::from_str(&place.text("o1/clean/c.json")).unwrap();
    let aside: Vec<serde_json::Value> = serde_json::from_str(&place.text("o1/quarantine/c.json")).unwrap();
    assert_eq!((array.len(), aside.len()), (23_995, 5), "the commas are right");
}
