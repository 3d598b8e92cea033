//! A holdout that people vouch for: `--trusted` in every format, what it does for the tests, and what it must not be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(dead_code, reason = "the module is shared")]

mod place;

use place::Place;
use std::fmt::Write as _;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Id, text, label.
type Row = (u64, String, &'static str);

fn rows(n: u64, seed: u64) -> Vec<Row> {
    let mut dice = Dice(seed);
    let mut text = |label: u64| {
        let word = |dice: &mut Dice| {
            if dice.roll(4) == 0 { 900 + label * 50 + dice.roll(40) } else { dice.roll(400).min(dice.roll(400)) }
        };
        let length = 9 + dice.roll(12);
        (0..length).map(|_| format!("word{}", word(&mut dice))).collect::<Vec<_>>().join(" ")
    };
    (0..n).map(|at| (seed * 100_000 + at * 3, text(at % 2), ["no", "yes"][at as usize % 2])).collect()
}

fn jsonl(rows: &[Row]) -> String {
    rows.iter().fold(String::new(), |mut out, (id, text, label)| {
        writeln!(out, r#"{{"id":{id},"text":"{text}","label":"{label}"}}"#).unwrap();
        out
    })
}

fn csv(rows: &[Row]) -> String {
    rows.iter().fold("id,text,label\n".to_owned(), |mut out, (id, text, label)| {
        writeln!(out, "{id},\"{text}\",{label}").unwrap();
        out
    })
}

/// The rows in every format, as `NAME.csv`, `NAME.jsonl`, `NAME.parquet`.
fn write(place: &Place, name: &str, rows: &[Row]) {
    place.write(&format!("{name}.csv"), csv(rows));
    place.write(&format!("{name}.jsonl"), jsonl(rows));
    place.write(&format!("{name}.parquet"), place::parquet(&jsonl(rows), 300));
}

/// Data, and a holdout of which 25 rows stand in the data, each with an address of its own.
fn leaked() -> (Place, Vec<i64>) {
    let (mut data, mut holdout) = (rows(1500, 1), rows(300, 2));
    let mut planted = Vec::new();
    for at in 0..25 {
        let said = rows(1, 100 + at as u64)[0].1.clone();
        holdout[at * 11].1 = format!("{said} write to ann{at}@example.org");
        data[at * 57 + 4].1 = format!("{said} write to bob{at}@example.net");
        planted.push(at as i64 * 57 + 4);
    }
    let place = Place::new();
    write(&place, "data", &data);
    write(&place, "holdout", &holdout);
    write(&place, "other", &rows(300, 3));
    (place, planted)
}

fn leaks(report: &serde_json::Value) -> Vec<(String, u64)> {
    let verdicts = report["verdicts"].as_array().unwrap().iter().filter(|v| v["test"] == "leak");
    verdicts.map(|v| (v["subject"].as_str().unwrap().to_owned(), v["rows"].as_u64().unwrap())).collect()
}

fn test<'a>(report: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    report["tests"].as_array().unwrap().iter().find(|t| t["test"] == name).unwrap()
}

#[test]
fn rows_of_the_holdout_are_found_in_every_format_as_they_are_masked() {
    let (place, planted) = leaked();
    for data in ["csv", "jsonl", "parquet"] {
        for holdout in ["csv", "jsonl", "parquet"] {
            let why = format!("{data} against {holdout}");
            place.run(&format!("clean data.{data} --text text --out o --trusted holdout.{holdout} --overwrite -q")).expect(0);
            let report = place.report("o");
            assert_eq!(leaks(&report), [("equal rows".to_owned(), 25)], "{why}");
            assert_eq!(report["policy"]["trusted"], format!("holdout.{holdout}"), "{why}");
            assert_eq!(report["rows"]["quarantined"], 0, "{why}");
            let suspects = place.suspects("o");
            let found: Vec<i64> = suspects.iter().filter(|s| s.contains("leak")).map(|s| row_of(s)).collect();
            assert_eq!(found, planted, "{why}");
            assert!(!report.to_string().contains("holdout.d"), "{why}");
        }
    }
    place.run("scan data.csv --text text --trusted other.csv --fail-on poison -q").expect(0);
    place.run("scan data.csv --text text --trusted holdout.csv --fail-on poison -q").expect(1);
    place.write("trusted.toml", "[dataset]\ntext = [\"text\"]\ntrusted = \"holdout.csv\"\n[gates]\nfail_on = [\"poison\"]\n");
    place.run("scan data.csv --policy trusted.toml -q").expect(1);
    place.run("scan data.csv --policy trusted.toml --trusted other.parquet -q").expect(0);
    place.run("scan data.csv --policy trusted.toml --no-poison -q").expect(0);
}

fn row_of(suspect: &str) -> i64 {
    suspect.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn without_a_holdout_nothing_changes_and_with_one_no_cleaned_byte() {
    let (place, _) = leaked();
    place.run("clean data.jsonl --text text --out plain -q").expect(0);
    place.run("clean data.jsonl --text text --out one --trusted holdout.csv --jobs 1 -q").expect(0);
    place.run("clean data.jsonl --text text --out four --trusted holdout.csv --jobs 4 -q").expect(0);
    assert_eq!(place.tree("plain/clean"), place.tree("one/clean"));
    for file in ["suspects.parquet", "findings.parquet"] {
        assert_eq!(place.read(&format!("one/{file}")), place.read(&format!("four/{file}")), "{file}");
    }
    assert_eq!(place.read("plain/findings.parquet"), place.read("one/findings.parquet"), "nothing of the holdout is listed");
    let (plain, one) = (place.report("plain"), place.report("one"));
    assert_eq!(plain["rows"], one["rows"]);
    assert_eq!(plain["pii"], one["pii"], "what is in the holdout is not counted");
    assert_eq!((&plain["policy"]["trusted"], leaks(&plain).len()), (&serde_json::Value::Null, 0));
    assert!(test(&plain, "leak")["why"].as_str().unwrap().contains("no trusted set"), "{}", test(&plain, "leak"));
    let manifest =
        |out: &str| -> serde_json::Value { serde_json::from_slice(&place.read(&format!("{out}/manifest.json"))).unwrap() };
    assert_eq!(manifest("one")["trusted"]["file"], "holdout.csv");
    assert_eq!(manifest("one")["trusted"]["sha256"].as_str().map(str::len), Some(64));
    assert!(manifest("plain").get("trusted").is_none());
    assert_eq!(manifest("one")["inputs"].as_array().map(Vec::len), Some(1), "the holdout is no input");
    place.run("verify one -q").expect(0);
}

#[test]
fn a_holdout_that_does_not_fit_ends_with_2_and_writes_nothing() {
    let (place, _) = leaked();
    place.write("nolabel.csv", "id,text,verdict\n1,some words that say a thing,yes\n");
    place.write("notext.csv", "id,remark,label\n1,some words that say a thing,yes\n");
    place.write("unlabelled.csv", "id,text,label\n1,some words that say a thing,\n");
    place.write("header.csv", "id,text,label\n");
    place.write("empty.csv", "");
    place.write("binary.csv", [0u8, 159, 146, 150, 7, 0, 1, 2].repeat(40));
    place.write("cut.parquet", &place.read("holdout.parquet")[..900]);
    place.write("folder/a.csv", "id,text,label\n");
    place.run("profile holdout.csv --text text --out seven.profile --seed 7 -q").expect(0);
    let before = place.names();
    for (words, expected) in [
        ("--trusted none.csv", &["none.csv"][..]),
        ("--trusted folder", &["folder", "no file"]),
        ("--trusted nolabel.csv", &["label column `label`", "id, text, verdict"]),
        ("--trusted nolabel.csv --label label", &["label column `label`", "id, text, verdict"]),
        ("--trusted notext.csv --text text", &["text column `text`", "id, remark, label"]),
        ("--trusted unlabelled.csv --label label", &["unlabelled.csv", "no row", "label"]),
        ("--trusted header.csv", &["header.csv", "no row"]),
        ("--trusted empty.csv", &["empty.csv", "cannot read"]),
        ("--trusted binary.csv", &["binary.csv", "cannot read"]),
        ("--trusted cut.parquet", &["cut.parquet", "cannot read"]),
        ("--trusted seven.profile", &["seven.profile", "seed 7", "--seed"]),
    ] {
        for verb in ["clean data.csv --out o", "scan data.csv"] {
            let ran = place.run(&format!("{verb} {words}")).expect(2);
            for word in expected {
                assert!(ran.err.contains(word), "{verb} {words}: {word:?} is missing in: {}", ran.err);
            }
            assert_eq!(place.names(), before, "{verb} {words}: something was written");
        }
    }
    place.run("scan data.csv --trusted notext.csv --label label -q").expect(0);
}

#[test]
fn judge_takes_a_profile_of_the_holdout_and_so_do_the_others() {
    let (place, planted) = leaked();
    for i in 1..=2 {
        place.run(&format!("profile data.csv --text text --shard {i}/2 --out {i}.profile -q")).expect(0);
    }
    place.run("merge 2.profile 1.profile --out data.profile").expect(0);
    place.run("profile holdout.parquet --text text --out holdout.profile -q").expect(0);
    place.run("judge data.profile --trusted holdout.profile --out v.json --fail-on poison -q").expect(1);
    let judged: serde_json::Value = serde_json::from_slice(&place.read("v.json")).unwrap();
    assert_eq!(leaks(&judged), [("equal rows".to_owned(), planted.len() as u64)]);
    place.run("scan data.csv --text text --trusted holdout.profile --fail-on poison -q").expect(1);
    place.run("judge data.profile --out v.json --fail-on poison -q").expect(0);
    place.write("text.toml", "[dataset]\ntext = [\"words\"]\n");
    for (words, expected) in [
        ("--trusted holdout.csv", &["holdout.csv", "no profile", "untaint profile"][..]),
        ("--trusted holdout.profile --policy text.toml", &["text column `words`"]),
    ] {
        let ran = place.run(&format!("judge data.profile {words} --out v2.json")).expect(2);
        for word in expected {
            assert!(ran.err.contains(word), "{words}: {word:?} is missing in: {}", ran.err);
        }
    }
    assert!(!place.path("v2.json").exists());
}

#[test]
fn another_holdout_is_another_run() {
    let (place, _) = leaked();
    place.run("clean data.csv --text text --out o --trusted holdout.csv -q").expect(0);
    place.run("clean data.csv --text text --out o --trusted other.csv --overwrite -q").expect(0);
    assert_eq!(leaks(&place.report("o")), []);
    let manifest: serde_json::Value = serde_json::from_slice(&place.read("o/manifest.json")).unwrap();
    assert_eq!(manifest["trusted"]["file"], "other.csv");
}
