//! Files for other systems: made by `clean`, `scan` and `report`, part of OUT, the same for the same run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(clippy::format_collect, reason = "small texts")]
#![allow(dead_code, reason = "the module is shared")]

mod place;

use place::Place;
use serde_json::Value;

const ALL: &str = "dataset-card,croissant,openlineage,prometheus,ocsf,macie,sarif,junit";
const FILES: [&str; 8] = [
    "README.md",
    "croissant.json",
    "junit.xml",
    "macie.json",
    "ocsf.ndjson",
    "openlineage.ndjson",
    "untaint.prom",
    "untaint.sarif",
];
const MAIL: &str = "maria.lang@example.com";
const CARD: &str = "4111 1111 1111 1111";

fn with_data() -> Place {
    let place = Place::new();
    place.write("in/a.csv", format!("id,mail,note\n1,{MAIL},card {CARD}\n2,none,x\n3,{MAIL},y\n"));
    place.write("in/sub/b.jsonl", format!("{{\"m\": [{{\"content\": \"write {MAIL}\"}}], \"{MAIL}\": 1}}\n{{\"m\": []}}\n"));
    place
}

fn exports(place: &Place, out: &str) -> Vec<(String, Vec<u8>)> {
    let prefix = format!("{out}/exports");
    let mut files: Vec<_> = place.tree(&prefix).into_iter().collect();
    files.sort();
    files
}

fn json(place: &Place, path: &str) -> Value {
    serde_json::from_slice(&place.read(path)).unwrap()
}

/// The paths that a manifest lists below `exports/`.
fn listed(place: &Place, out: &str) -> Vec<String> {
    let manifest = json(place, &format!("{out}/manifest.json"));
    let paths = manifest["outputs"].as_array().unwrap().iter().map(|o| o["path"].as_str().unwrap());
    paths.filter_map(|p| p.strip_prefix("exports/")).map(str::to_owned).collect()
}

#[test]
fn what_a_run_exports_is_part_of_it_and_holds_no_value() {
    let place = with_data();
    place.run(&format!("clean in --out c --export {ALL} -q")).expect(0);
    place.run(&format!("scan in --out s --export sarif --export {ALL},junit -q")).expect(0);
    for out in ["c", "s"] {
        assert_eq!(listed(&place, out), FILES, "{out}");
        place.run(&format!("verify {out} -q")).expect(0);
        for (name, bytes) in exports(&place, out) {
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.contains("maria") && !text.contains("4111"), "{out}: a value stands in {name}");
        }
    }
    place.run("clean in --out none -q").expect(0);
    assert!(!place.path("none/exports").exists());
}

#[test]
fn report_exports_a_finished_run_and_keeps_it_sound() {
    let place = with_data();
    place.run(&format!("clean in --out at-once --export {ALL} -q")).expect(0);
    let before = exports(&place, "at-once");
    place.run(&format!("report at-once --export {ALL}")).expect(0);
    for ((name, again), (_, at_once)) in exports(&place, "at-once").into_iter().zip(before) {
        assert!(again == at_once, "{name} is another when it is rendered again");
    }
    place.run("clean in --out later -q").expect(0);
    let page = place.read("later/report.html");
    place.run("report later --export junit").expect(0);
    assert_eq!((listed(&place, "later"), place.read("later/report.html")), (vec!["junit.xml".to_owned()], page));
    place.run(&format!("report later --export {ALL}")).expect(0);
    assert_eq!(listed(&place, "later"), FILES);
    place.run("verify later -q").expect(0);
    place.write("later/exports/junit.xml", "another");
    place.run("verify later -q").expect(4);
    place.run("report later --export junit").expect(0);
    place.run("report later").expect(0);
    place.run("verify later -q").expect(0);
    place.write("later/findings.parquet", "PAR1");
    let told = place.run("report later --export macie").expect(2);
    assert!(told.err.contains("verify"), "{}", told.err);
}

/// Gives a finished run the times of another.
fn with_times_of(place: &Place, from: &str, to: &str) {
    for (file, keys) in [("report.json", &["timing", "memory"][..]), ("manifest.json", &["finished"])] {
        let (given, mut taking) = (json(place, &format!("{from}/{file}")), json(place, &format!("{to}/{file}")));
        for key in keys {
            taking[key] = given[key].clone();
        }
        if file == "manifest.json" {
            // What is exported again is made of the report that the manifest names.
            let report = place.read(&format!("{to}/report.json"));
            let outputs = taking["outputs"].as_array_mut().unwrap();
            let listed = outputs.iter_mut().find(|output| output["path"] == "report.json").unwrap();
            (listed["bytes"], listed["sha256"]) = (report.len().into(), place::sha256(&report).into());
        }
        place.write(&format!("{to}/{file}"), serde_json::to_vec(&taking).unwrap());
    }
}

#[test]
fn the_number_of_jobs_leaves_no_trace() {
    let place = with_data();
    for n in 0..30 {
        let rows: String = (0..200).map(|row| format!("{row},u{row}@example.org,n{n}\n")).collect();
        place.write(&format!("in/many/{n}.csv"), format!("id,mail,note\n{rows}"));
    }
    place.run("clean in --out one --jobs 1 -q").expect(0);
    place.run("clean in --out four --jobs 4 -q").expect(0);
    with_times_of(&place, "one", "four");
    for out in ["one", "four"] {
        place.run(&format!("report {out} --export {ALL}")).expect(0);
    }
    for ((name, one), (_, four)) in exports(&place, "one").into_iter().zip(exports(&place, "four")) {
        assert!(one == four, "{name} differs");
    }
}

#[test]
fn a_wrong_call_exports_nothing() {
    let place = with_data();
    for (words, expected) in [
        ("clean in --out o --export sariff", &["sariff", "sarif"][..]),
        ("scan in --export sarif", &["--out"]),
        ("baseline in --out o --export sarif", &["model-monitor"]),
        ("report in --export sarif", &["no finished run"]),
    ] {
        let told = place.run(words).expect(2);
        assert!(expected.iter().all(|e| told.err.contains(e)), "{words}: {}", told.err);
        assert!(!place.path("o").exists(), "{words}");
    }
}

#[test]
fn a_gate_that_trips_shows_in_lineage_and_build() {
    let place = with_data();
    place.run("clean in --out o --fail-on pii,poison --export openlineage,junit -q").expect(1);
    let events = place.text("o/exports/openlineage.ndjson");
    let types: Vec<Value> = events.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["eventType"].clone()).collect();
    assert_eq!(types, ["START", "FAIL"]);
    let junit = place.text("o/exports/junit.xml");
    assert!(junit.contains("tests=\"4\" failures=\"1\"") && junit.contains("name=\"pii\""), "{junit}");
}

#[test]
fn lineage_says_which_columns_were_masked() {
    let place = with_data();
    place.run("clean in --out o --export openlineage,croissant -q").expect(0);
    let events = place.text("o/exports/openlineage.ndjson");
    let done: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    let outputs = done["outputs"].as_array().unwrap();
    let of = |name: &str| outputs.iter().find(|o| o["name"] == name).unwrap();
    let fields = &of("clean/a.csv")["facets"]["columnLineage"]["fields"];
    let masked = |column: &str| &fields[column]["inputFields"][0]["transformations"][0]["masking"];
    assert_eq!((masked("id"), masked("mail"), masked("note")), (&false.into(), &true.into(), &true.into()));
    let croissant = json(&place, "o/exports/croissant.json");
    let sha256 = &croissant["distribution"][0]["sha256"];
    let manifest = json(&place, "o/manifest.json");
    assert_eq!(sha256, &manifest["outputs"][0]["sha256"]);
}

#[test]
fn a_baseline_is_written_for_model_monitor_without_a_value() {
    let place = Place::new();
    let rows: String = (0..400).map(|n| format!("{n},{},{}.5,plan-{},\n", n % 7, n, n % 3)).collect();
    place.write("a.csv", format!("id,small,price,plan,empty\n{rows}"));
    place.run("baseline a.csv --out p.profile --export model-monitor -q").expect(0);
    let (statistics, constraints) = (json(&place, "p.profile.statistics.json"), json(&place, "p.profile.constraints.json"));
    assert_eq!(statistics["dataset"]["item_count"], 400);
    let types: std::collections::BTreeMap<&str, &str> = constraints["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["name"].as_str().unwrap(), f["inferred_type"].as_str().unwrap()))
        .collect();
    assert_eq!((types["small"], types["price"], types["plan"]), ("Integral", "Fractional", "String"));
    let text = statistics.to_string() + &constraints.to_string();
    assert!(!text.contains("plan-"), "a value of the data stands in it");
    place.run("baseline a.csv --out q.profile -q").expect(0);
    assert!(!place.path("q.profile.statistics.json").exists());
}
