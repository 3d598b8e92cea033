//! A delivery compared with an earlier one: `baseline`, `--baseline`, the gate `drift`, and what stands out in a table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(dead_code, reason = "the module is shared")]

mod place;

use place::Place;
use std::fmt::Write as _;

/// A table of `rows` rows; the plan of the customers follows `plans`, in turn.
fn table(rows: usize, turn: usize, plans: &[&str]) -> String {
    let mut csv = String::from("serial,age,plan,remark,label\n");
    for n in 0..rows {
        let at = n * 7919 + turn * 104_729;
        let plan = plans[at / 64 % plans.len()];
        let remark = ["none", "asked twice", "moved house", ""][at / 16 % 4];
        writeln!(csv, "{},{},{plan},{remark},{}", turn * 100_000 + n, 18 + at % 60, ["yes", "no"][at / 32 % 2]).unwrap();
    }
    csv
}

const PLANS: &[&str] = &["small", "large", "none", "small"];

/// The verdicts of a test in a report: what it is about and how many rows.
fn told(report: &serde_json::Value, test: &str) -> Vec<String> {
    let verdicts = report["verdicts"].as_array().unwrap().iter().filter(|v| v["test"] == test);
    verdicts.map(|v| format!("{} {}", v["slice"].as_str().unwrap_or_default(), v["subject"].as_str().unwrap())).collect()
}

fn deliveries() -> Place {
    let place = Place::new();
    place.write("march/a.csv", table(4000, 0, PLANS));
    place.write("april/a.csv", table(3000, 1, PLANS));
    place.write("may/a.csv", table(3000, 2, &["small", "large", "large", "large"]));
    place.run("baseline march --out march.profile --id serial --label label -q").expect(0);
    place
}

#[test]
fn a_delivery_of_the_same_kind_passes_and_a_shifted_one_trips_the_gate() {
    let place = deliveries();
    place.run("clean april --out a --id serial --baseline march.profile --fail-on drift -q").expect(0);
    assert_eq!(told(&place.report("a"), "drift"), [""; 0]);
    place.run("clean may --out m --id serial --baseline march.profile -q").expect(0);
    let report = place.report("m");
    assert_eq!(told(&report, "drift"), ["shares of values plan"]);
    assert_eq!(report["verdicts"][0]["fate"], "report");
    assert_eq!(report["rows"]["quarantined"], 0, "drift points at no rows");
    let gated = place.run("scan may --id serial --baseline march.profile --fail-on drift").expect(1);
    assert!(gated.err.contains("1 difference from the baseline (shares of values of plan)"), "{}", gated.err);
    assert_eq!(report["policy"]["baseline"], "march.profile");
    assert!(report["reasons"].to_string().contains("1 difference from the baseline"), "{}", report["reasons"]);
    place.run("scan may --id serial --baseline march.profile --fail-on drift -q").expect(1);
    place.run("scan may --id serial --baseline march.profile --fail-on poison -q").expect(0);
    place.write("compared.toml", "[dataset]\nid = \"serial\"\nbaseline = \"march.profile\"\n[gates]\nfail_on = [\"drift\"]\n");
    place.run("scan may --policy compared.toml -q").expect(1);
    place.run("scan april --policy compared.toml -q").expect(0);
    place.run("scan may --policy compared.toml --no-poison -q").expect(0);
}

#[test]
fn shards_are_compared_like_one_run() {
    let place = deliveries();
    for i in 1..=2 {
        place.run(&format!("profile may --id serial --shard {i}/2 --out {i}.profile -q")).expect(0);
    }
    place.run("merge 2.profile 1.profile --out may.profile").expect(0);
    place.write("id.toml", "[dataset]\nid = \"serial\"\n");
    let judge = "judge may.profile --policy id.toml --out v.json --baseline march.profile -q";
    place.run(judge).expect(0);
    let judged: serde_json::Value = serde_json::from_slice(&place.read("v.json")).unwrap();
    assert_eq!(told(&judged, "drift"), ["shares of values plan"]);
    place.run(&format!("{judge} --fail-on drift")).expect(1);
    place.run(&format!("{judge} --fail-on poison")).expect(0);
    place.run("judge may.profile --policy id.toml --out v.json -q").expect(0);
    let judged: serde_json::Value = serde_json::from_slice(&place.read("v.json")).unwrap();
    let drift = judged["tests"].as_array().unwrap().iter().find(|t| t["test"] == "drift").unwrap();
    assert_eq!((drift["state"].as_str(), drift["why"].as_str()), (Some("could not speak"), Some("no baseline was given")));
}

#[test]
fn a_baseline_that_does_not_fit_ends_with_2_and_writes_nothing() {
    let place = deliveries();
    place.run("baseline march --out other.profile --seed 7 -q").expect(0);
    let mut bytes = place.read("march.profile");
    let half = bytes.len() / 2;
    bytes[half] ^= 1;
    place.write("damaged.profile", &bytes);
    place.write("cut.profile", &bytes[..half]);
    let mut older = place.read("march.profile");
    older[4] = 2;
    place.write("older.profile", &older);
    place.write("header.csv", "a,b\n");
    place.run("baseline header.csv --out empty.profile -q").expect(0);
    place.write("gate.toml", "[gates]\nfail_on = [\"drift\"]\n");
    let before = place.names();
    for (words, expected) in [
        ("--baseline none.profile", &["none.profile"][..]),
        ("--baseline may/a.csv", &["a.csv", "no profile"]),
        ("--baseline other.profile", &["other.profile", "seed 7", "--seed"]),
        ("--baseline damaged.profile", &["damaged.profile", "damaged"]),
        ("--baseline cut.profile", &["cut.profile"]),
        ("--baseline older.profile", &["older.profile", "another version"]),
        ("--baseline empty.profile", &["empty.profile", "no row"]),
        ("--fail-on drift", &["drift", "--baseline"]),
        ("--policy gate.toml", &["drift", "--baseline"]),
    ] {
        for verb in ["clean may --out o", "scan may", "judge march.profile --out v.json"] {
            let ran = place.run(&format!("{verb} {words}")).expect(2);
            for word in expected {
                assert!(ran.err.contains(word), "{verb} {words}: {word:?} is missing in: {}", ran.err);
            }
            assert_eq!(place.names(), before, "{verb} {words}: something was written");
        }
    }
    for (words, word) in [
        ("baseline march --out march/p", "inside"),
        ("baseline march --out p --no-poison", "profile"),
        ("baseline march --out p --shard 1/2", "--shard"),
        ("baseline march", "--out"),
    ] {
        let ran = place.run(words).expect(2);
        assert!(ran.err.contains(word), "{words}: {}", ran.err);
    }
    place.run("clean may --out o --baseline other.profile --seed 7 -q").expect(0);
}

#[test]
fn another_baseline_is_another_run() {
    let place = deliveries();
    place.run("clean may --out o --id serial --baseline march.profile -q").expect(0);
    place.run("baseline may --out may.profile --id serial -q").expect(0);
    place.run("clean may --out o --id serial --baseline may.profile --overwrite -q").expect(0);
    assert_eq!(told(&place.report("o"), "drift"), [""; 0], "nothing differs from itself");
    let manifest: serde_json::Value = serde_json::from_slice(&place.read("o/manifest.json")).unwrap();
    assert_eq!(manifest["baseline"]["file"], "may.profile");
    assert_eq!(manifest["baseline"]["sha256"].as_str().map(str::len), Some(64));
}

#[test]
fn numbers_and_values_that_stand_out_are_for_review_in_every_format() {
    let place = deliveries();
    let csv = table(3000, 1, PLANS);
    let mut lines: Vec<String> = csv.lines().map(str::to_owned).collect();
    lines[18] = "100017,40000,small,none,yes".to_owned();
    lines[2001] = "102000,33,gigantic,none,no".to_owned();
    let csv = lines.join("\n") + "\n";
    let mut jsonl = String::new();
    for line in lines.iter().skip(1) {
        let c: Vec<&str> = line.split(',').collect();
        writeln!(jsonl, r#"{{"serial":{},"age":{},"plan":"{}","remark":"{}","label":"{}"}}"#, c[0], c[1], c[2], c[3], c[4])
            .unwrap();
    }
    for (name, bytes) in
        [("t.csv", csv.into_bytes()), ("t.jsonl", jsonl.clone().into_bytes()), ("t.parquet", place::parquet(&jsonl, 700))]
    {
        place.write(name, bytes);
        place.run(&format!("clean {name} --out o --id serial --baseline march.profile --overwrite -q")).expect(0);
        let report = place.report("o");
        assert_eq!(told(&report, "outlier"), ["numbers age", "never seen before plan"], "{name}");
        let outliers = report["verdicts"].as_array().unwrap().iter().filter(|v| v["test"] == "outlier");
        assert!(outliers.clone().all(|v| v["rows"] == 1 && v["fate"] == "review"), "{name}");
        assert_eq!(report["rows"]["quarantined"], 0, "{name}");
        assert_eq!(told(&report, "drift"), [""; 0], "{name}");
    }
}
