//! Labels by facet, from the data to the report: the same figures in every format, by any number of workers, in shards and in
//! one run, and those of the rows that stay.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(clippy::format_collect, clippy::format_push_string, reason = "small texts")]

mod place;

use place::Place;
use serde_json::{Value, json};

const ROWS: usize = 3000;

struct Row {
    text: String,
    plan: &'static str,
    region: String,
    urgent: bool,
}

/// Paid rows are urgent more often, and so are those with an address. Every tenth has no plan.
fn rows() -> Vec<Row> {
    let mut state = 5u64;
    let mut roll = |sides: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % sides
    };
    let row = |n: usize| {
        let plan = if n.is_multiple_of(10) { "" } else { ["free", "team", "paid"][roll(3) as usize] };
        let (region, has_address, has_ssn) = (roll(4), roll(3) == 0, roll(40) == 0);
        let odds = 20 + if plan == "paid" { 30 } else { 0 } + if has_address { 35 } else { 0 } + 3 * region;
        let mut text = format!("ticket {n} of today");
        if has_address {
            text += &format!(" from user{n}@example.com");
        }
        if has_ssn {
            text += &format!(" with the SSN {:03}-{:02}-{:04}", 1 + n % 600, 1 + n % 90, 1 + n);
        }
        Row { text, plan, region: format!("r{region}"), urgent: roll(100) < odds }
    };
    (0..ROWS).map(row).collect()
}

/// The same rows as CSV, JSON lines and Parquet.
fn write(place: &Place) -> Vec<Row> {
    let rows = rows();
    let label = |row: &Row| if row.urgent { "urgent" } else { "calm" };
    let mut csv = "text,plan,region,label\n".to_owned();
    let mut jsonl = String::new();
    for row in &rows {
        csv += &format!("{},{},{},{}\n", row.text, row.plan, row.region, label(row));
        let plan = if row.plan.is_empty() { Value::Null } else { row.plan.into() };
        jsonl += &format!("{}\n", json!({"text": row.text, "plan": plan, "region": row.region, "label": label(row)}));
    }
    place.write("a.parquet", place::parquet(&jsonl, 700));
    place.write("a.csv", csv);
    place.write("a.jsonl", jsonl);
    place.write("p.toml", "[dataset]\ntext = [\"text\"]\nsource = \"region\"\n[pii.operators]\n\"us.ssn\" = \"drop-row\"\n");
    rows
}

fn facet<'a>(bias: &'a Value, name: &str, value: &str) -> &'a Value {
    let found = bias["facets"].as_array().unwrap().iter().find(|f| f["facet"] == name && f["value"] == value);
    found.unwrap_or_else(|| panic!("{name} = {value}: {bias}"))
}

#[test]
fn figures_are_those_of_the_rows_in_every_format() {
    let place = Place::new();
    let rows = write(&place);
    let scan = |words: &str| -> Value {
        let ran = place.run(&format!("scan {words} --policy p.toml --json")).expect(0);
        serde_json::from_str(&ran.out).unwrap()
    };
    let report = scan("a.csv --jobs 1");
    let bias = &report["bias"];
    for words in ["a.csv --jobs 4", "a.jsonl", "a.parquet --jobs 1", "a.parquet --jobs 4"] {
        assert_eq!(&scan(words)["bias"], bias, "{words}");
    }
    let share = |rows: &[&Row]| rows.iter().filter(|row| !row.urgent).count() as f64 / rows.len() as f64;
    let is_gone = |row: &&Row| row.text.contains("SSN");
    for (name, value, of) in [
        ("plan", "paid", &(|row: &Row| (row.plan == "paid", !row.plan.is_empty())) as &dyn Fn(&Row) -> (bool, bool)),
        ("contact.email", "yes", &|row: &Row| (row.text.contains('@'), true)),
    ] {
        let facet = facet(bias, name, value);
        for (when, stays) in [("before", &(|_: &&Row| true) as &dyn Fn(&&Row) -> bool), ("after", &|row| !is_gone(row))] {
            let all = || rows.iter().filter(stays).filter(|row| of(row).1);
            let (with, others): (Vec<&Row>, Vec<&Row>) =
                (all().filter(|r| of(r).0).collect(), all().filter(|r| !of(r).0).collect());
            let measures = &facet[when];
            assert_eq!(measures["rows"], with.len(), "{name} {when}");
            assert_eq!(measures["others"], others.len(), "{name} {when}");
            let dpl = share(&others) - share(&with);
            assert!((measures["dpl"].as_f64().unwrap() - dpl).abs() < 1e-5, "{name} {when}: {measures} {dpl}");
            assert!((measures["tvd"].as_f64().unwrap() - dpl.abs()).abs() < 1e-5, "{name} {when}: {measures}");
        }
        assert_eq!(facet["group"], "region", "the source");
        assert!(facet["before"]["cddl"].is_number() && facet["after"]["cddl"] != facet["before"]["cddl"], "{facet}");
    }
    assert_eq!(bias["positive"], "calm");
    let verdicts = report["verdicts"].as_array().unwrap();
    let of_test: Vec<&Value> = verdicts.iter().filter(|v| v["test"] == "pii-label").collect();
    assert_eq!(of_test.len(), 1, "{verdicts:?}");
    assert_eq!((&of_test[0]["subject"], &of_test[0]["fate"]), (&json!("contact.email"), &json!("report")));
    assert!(of_test[0]["why"].as_str().unwrap().starts_with("rows with contact.email are labelled \""), "{}", of_test[0]);
}

#[test]
fn what_cleaning_leaves_is_what_a_scan_of_it_sees() {
    let place = Place::new();
    write(&place);
    for file in ["a.csv", "a.jsonl", "a.parquet"] {
        place.run(&format!("clean {file} --out o --overwrite --policy p.toml -q")).expect(0);
        let cleaned = &place.report("o")["bias"];
        let page = place.text("o/report.html");
        assert!(page.contains("Balance of labels") && page.contains("<td class=\"c\">is in the row"), "{file}");
        let ran = place.run(&format!("scan o/clean/{file} --policy p.toml --json")).expect(0);
        let seen = &serde_json::from_str::<Value>(&ran.out).unwrap()["bias"];
        let columns: Vec<&Value> =
            cleaned["facets"].as_array().unwrap().iter().filter(|facet| facet["kind"] == "column").collect();
        assert_eq!(columns.len(), 7, "{file}: three plans, four regions");
        for was in columns {
            let is = facet(seen, was["facet"].as_str().unwrap(), was["value"].as_str().unwrap());
            assert_eq!(was["after"], is["before"], "{file}: {was}");
        }
    }
}

#[test]
fn shards_have_the_verdict_of_one_run() {
    let place = Place::new();
    write(&place);
    let ran = place.run("scan a.jsonl --policy p.toml --json").expect(0);
    let run: Value = serde_json::from_str(&ran.out).unwrap();
    for n in 1..=3 {
        place.run(&format!("profile a.jsonl --shard {n}/3 --out s{n} --policy p.toml -q")).expect(0);
    }
    place.run("merge s3 s1 s2 --out all").expect(0);
    place.run("judge all --out v.json --policy p.toml -q").expect(0);
    let judged: Value = serde_json::from_slice(&place.read("v.json")).unwrap();
    let of_test = |of: &Value| -> Vec<String> {
        let all = of["verdicts"].as_array().unwrap().iter();
        all.filter(|v| v["test"] == "pii-label").map(|v| v["why"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((of_test(&judged), of_test(&judged).len()), (of_test(&run), 1));
    for (was, is) in run["bias"]["facets"].as_array().unwrap().iter().zip(judged["bias"]["facets"].as_array().unwrap()) {
        let mut was = was["before"].clone();
        was["cddl"] = Value::Null;
        assert_eq!((&was, &is["after"]), (&is["before"], &Value::Null), "no second look, no groups");
    }
}

#[test]
fn labels_that_are_no_classes_are_not_measured_and_hostile_names_are_no_markup() {
    let place = Place::new();
    let numbers: String = (0..600).map(|n| format!("<b>{}</b>,{n}.5\n", n % 2)).collect();
    place.write("n.csv", format!("<i>side,label\n{numbers}"));
    place.run("clean n.csv --out n -q").expect(0);
    let bias = &place.report("n")["bias"];
    assert!(bias["why"].as_str().unwrap().contains("number") && bias["facets"] == json!([]), "{bias}");
    let classes: String = (0..600).map(|n| format!("<b>{}</b>,{}\n", n % 2, n % 3)).collect();
    place.write("c.csv", format!("<i>side,label\n{classes}"));
    place.run("clean c.csv --out c -q").expect(0);
    let page = place.text("c/report.html");
    assert!(page.contains("&lt;i&gt;side") && page.contains("&lt;b&gt;0") && !page.contains("<i>side"));
    assert_eq!(place.report("c")["bias"]["measured"], 1, "of two values the rarer");
    place.run("scan c.csv --no-poison --json").expect(0);
}
