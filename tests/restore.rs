//! Tokens turned back: what was cleaned with `token` comes back as it was, and nothing is told of a value on the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(clippy::format_push_string, reason = "small texts")]

mod place;

use place::Place;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const KEY: &str = "keys of tests are told to everybody, and keep nothing\n";
const POLICY: &str =
    "[pii]\ndefault = \"token\"\n[columns.who]\noperator = \"token\"\n[key]\nfile = \"key\"\n[poison]\ntests = \"none\"\n";

const CANARIES: &[&str] = &[
    "maria.lang@example.com",
    "j.o'neil+tag@mail.example.org",
    "4111 1111 1111 1111",
    "078-05-1120",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "DE89370400440532013000",
];

const PLAIN: &[&str] = &[
    "",
    "plain",
    "a,b;c\td",
    "say \"hi\"",
    "it's",
    "line\nbreak",
    "back\\slash",
    "üñï ☂ 漢字",
    " padded ",
    "<b>",
    "<EMAIL>",
    "null",
];

fn place() -> Place {
    let place = Place::new();
    place.write("key", KEY);
    place.write("other", "another key, which opens nothing that the first one sealed\n");
    place.write("p.toml", POLICY);
    place
}

type Row = (String, Option<String>, Vec<String>);

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        2 => proptest::sample::select(PLAIN).prop_map(str::to_owned),
        1 => proptest::sample::select(CANARIES).prop_map(|c| format!(" {c} ")),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    proptest::collection::vec((text(), proptest::option::of(text()), proptest::collection::vec(text(), 0..3)), 1..25)
}

fn objects(rows: &[Row]) -> Vec<String> {
    let object =
        |(n, (note, who, list)): (usize, &Row)| serde_json::json!({"n": n, "note": note, "who": who, "list": list}).to_string();
    rows.iter().enumerate().map(object).collect()
}

fn csv(rows: &[Row], quote_all: bool) -> String {
    let cell = |text: &str| {
        let needs = quote_all || text.contains([',', '"', '\n', '\r']) || text != text.trim();
        if needs { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    let mut out = "n,note,who\r\n".to_owned();
    for (n, (note, who, _)) in rows.iter().enumerate() {
        out += &format!("{n},{},{}\r\n", cell(note), cell(who.as_deref().unwrap_or("")));
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 8, rng_seed: RngSeed::Fixed(11), failure_persistence: None, max_shrink_iters: 40, ..ProptestConfig::default()
    })]

    #[test]
    fn what_was_masked_with_token_comes_back(rows in rows()) {
        let place = place();
        let lines = objects(&rows).join("\n") + "\n";
        place.write("in/a.csv", csv(&rows, false));
        place.write("in/b.csv", csv(&rows, true));
        place.write("in/c.csv.zst", place::zst(csv(&rows, true).as_bytes()));
        place.write("in/d.jsonl", &lines);
        place.write("in/deep/e.json", format!("[\n  {}\n]\n", objects(&rows).join(",\n  ")));
        place.write("in/f.jsonl.gz", place::gz(lines.as_bytes()));
        place.write("in/g.jsonl.bz2", place::bz2(lines.as_bytes()));
        place.write("in/h.parquet", place::parquet(&lines, 7));
        let before = place.tree("in");
        place.run("clean in --out OUT --policy p.toml").expect(0);
        place.run("restore OUT --out BACK --key-file key").expect(0);
        for (name, bytes) in place.tree("BACK/restored") {
            let unpacked = |bytes: &[u8]| match name.rsplit('.').next().unwrap() {
                "zst" => place::unzst(bytes),
                "gz" => place::gunzip(bytes),
                "bz2" => place::unbz2(bytes),
                "parquet" => place::unparquet(bytes).into_bytes(),
                _ => bytes.to_vec(),
            };
            let (got, want) = (unpacked(&bytes), unpacked(&before[&name]));
            prop_assert_eq!(got.escape_ascii().to_string(), want.escape_ascii().to_string(), "{}", name);
        }
        prop_assert_eq!(place.tree("BACK/restored").len(), before.len());
    }
}

fn manifest(place: &Place, out: &str) -> serde_json::Value {
    serde_json::from_slice(&place.read(&format!("{out}/manifest.json"))).unwrap()
}

#[test]
fn another_key_opens_nothing_and_says_so() {
    let place = place();
    place.write("in/a.csv", "note,maria.lang@example.com\nfrom j.o'neil@example.org,1\n");
    place.write("in/b.jsonl", "{\"j.o'neil@example.org\": \"078-05-1120 is the ssn\"}\n");
    place.run("clean in --out OUT --policy p.toml").expect(0);
    let ran = place.run("restore OUT --out BACK --key-file other").expect(3);
    assert!(ran.err.contains("WRONG KEY none of 4 tokens opened"), "{}", ran.err);
    assert!(ran.err.contains("the run was made with the key"), "{}", ran.err);
    assert_eq!(place.tree("BACK/restored"), place.tree("OUT/clean"), "what does not open stays");
    assert_eq!(manifest(&place, "BACK")["restored"]["tokens"], serde_json::json!({"restored": 0, "unopened": 4}));
}

#[test]
fn a_token_that_was_tampered_with_stays() {
    let place = place();
    place.write("in.csv", "note\nfrom maria.lang@example.com\nand j.o'neil@example.org\n");
    place.run("clean in.csv --out OUT --policy p.toml").expect(0);
    let clean = place.text("OUT/clean/in.csv");
    let at = clean.find("t.").unwrap() + 9;
    let flipped = if &clean[at..=at] == "A" { "B" } else { "A" };
    let tampered = format!("{}{flipped}{}", &clean[..at], &clean[at + 1..]);
    place.write("in.csv", &tampered);
    let ran = place.run("restore in.csv --out BACK --key-file key").expect(3);
    assert!(ran.err.contains("1 token turned back, 1 did not open"), "{}", ran.err);
    let first = tampered.lines().nth(1).unwrap();
    assert_eq!(place.text("BACK/restored/in.csv"), format!("note\n{first}\nand j.o'neil@example.org\n"));
    let said = &manifest(&place, "BACK")["restored"]["by_file"]["in.csv"];
    assert_eq!(*said, serde_json::json!({"restored": 1, "unopened": 1}));
}

#[test]
fn nothing_is_told_of_what_came_back() {
    let place = place();
    let row = "{\"maria.lang@example.com\": \"078-05-1120 is the ssn\", \"who\": \"Zoë Lang\"}\n";
    place.write("in/a.jsonl", row);
    place.write("in/b.csv", "n,maria.lang@example.com\n1,078-05-1120 is the ssn\n");
    place.write("in/c.parquet", place::parquet(row, 7));
    place.run("clean in --out OUT --policy p.toml").expect(0);
    let ran = place.run("restore OUT --out BACK --key-file key -v --json").expect(0);
    assert_eq!(place.text("BACK/restored/a.jsonl"), row);
    for (name, bytes) in place.tree("BACK").into_iter().filter(|(name, _)| !name.starts_with("restored/")) {
        for value in ["maria.lang", "078-05", "Zoë"] {
            assert!(memchr::memmem::find(&bytes, value.as_bytes()).is_none(), "{name} holds {value}");
        }
    }
    for value in ["maria.lang", "078-05", "Zoë"] {
        assert!(!ran.out.contains(value) && !ran.err.contains(value), "{value} was told");
    }
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["restored"], manifest(&place, "BACK")["restored"]);
    assert_eq!(told["restored"]["tokens"]["unopened"], 0);
    assert!(!place.names().iter().any(|name| name.ends_with(".untaint")), "no stage is left");
}

#[test]
fn it_commits_as_every_run_does() {
    let place = place();
    place.write("in.csv", "note\nfrom maria.lang@example.com\n");
    place.run("clean in.csv --out OUT --policy p.toml").expect(0);
    for (words, code, why) in [
        ("restore OUT --out BACK", 2, "no key"),
        ("restore OUT --out BACK --key-file nowhere", 2, "no such key"),
        ("restore OUT --out OUT --key-file key --overwrite", 2, "onto its own input"),
        ("restore gone --out BACK --key-file key", 2, "no such input"),
        ("restore OUT --out BACK --key-file key", 0, "done"),
        ("restore OUT --out BACK --key-file key", 2, "there is something"),
        ("restore OUT --out BACK --key-file key --resume", 0, "nothing left to do"),
        ("restore OUT/clean --out BACK --key-file key --overwrite", 0, "replaced"),
        ("verify BACK", 2, "no cleaned run"),
        ("report BACK", 2, "without a report"),
    ] {
        assert_eq!(place.run(words).code, code, "{why}");
    }
    assert_eq!(place.read("BACK/restored/in.csv"), place.read("in.csv"));
    let piped = place.piped("restore - --format csv --out PIPED --key-file key", &place.read("OUT/clean/in.csv"));
    piped.expect(0);
    assert_eq!(place.read("PIPED/restored/stdin.csv"), place.read("in.csv"));
}

#[test]
fn what_a_pack_finds_comes_back_with_the_pack() {
    let place = place();
    let pack = "[[detector]]\nid = \"shop.order\"\nname = \"order\"\nseverity = \"low\"\npattern = 'KX-\\d{4}'\nbase = 90\nsource = \"us\"\nfinds = [\"«KX-0042»\"]\nignores = [\"KX-04\"]\n";
    place.write("shop.toml", pack);
    place.write("in.csv", "note\nparcel KX-0042 is late\n");
    place.run("clean in.csv --out OUT --policy p.toml --detectors shop.toml").expect(0);
    assert!(place.text("OUT/clean/in.csv").contains("<ORDER:t."));
    place.run("restore OUT --out BACK --key-file key").expect(3);
    place.run("restore OUT --out BACK --key-file key --detectors shop.toml --overwrite").expect(0);
    assert_eq!(place.read("BACK/restored/in.csv"), place.read("in.csv"));
}

#[test]
fn the_documented_policy_runs() {
    let place = place();
    place.write("in.csv", "patient_id,dob,email\np-1,1970-05-17,maria.lang@example.com\np-1,1971-05-17,\n");
    let policy = "[pii.operators]\n\"contact.email\" = { operator = \"token\" }\n\"finance.payment-card\" = { operator = \"mask\", keep_last = 4 }\n[columns.dob]\noperator = { operator = \"shift-date\", days = 180, by = \"patient_id\" }\n[key]\nenv = \"UNTAINT_KEY\"\n";
    place.write("untaint.toml", policy);
    place.run("clean in.csv --out OUT").expect(2);
    let ran = place.command(&["clean", "in.csv", "--out", "OUT"]).env("UNTAINT_KEY", KEY).output().unwrap();
    assert_eq!(ran.status.code(), Some(0));
    let ran = place.command(&["restore", "OUT", "--out", "BACK"]).env("UNTAINT_KEY", KEY).output().unwrap();
    assert_eq!(ran.status.code(), Some(0), "the key is that of the policy");
    let text = place.text("BACK/restored/in.csv");
    assert!(text.contains("maria.lang@example.com") && !text.contains("1970-05-17"), "dates do not come back: {text}");
}
