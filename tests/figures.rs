//! What a run says of itself is true: figures agree with the data and with each other, silence is told from a good sign, and
//! personal names show nowhere.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(clippy::format_collect, reason = "small texts")]

mod place;

use place::{Place, gz};
use serde_json::{Value, json};

const MAIL: &str = "maria.lang@example.com";

/// The report of a scan that prints it.
#[track_caller]
fn told(place: &Place, words: &str) -> Value {
    serde_json::from_str(&place.run(&format!("{words} --json")).out).unwrap()
}

#[test]
fn bytes_read_are_those_of_the_data_however_it_is_packed() {
    let place = Place::new();
    for (name, text) in [
        ("a.csv", format!("\u{feff}id,mail\n1,{MAIL}\n\n2,x\n")),
        ("b.csv", format!("{MAIL},b\r\n1,\"x\ny\"\r\n3,4")),
        ("c.jsonl", "{\"a\": 1}\n\n{\"a\": 2}\n{bad\n".to_owned()),
        ("d.json", " [ {\"a\": 1} , {\"a\": 2} ] \n".to_owned()),
    ] {
        place.write(name, &text);
        place.write(&format!("{name}.gz"), gz(text.as_bytes()));
        for file in [name.to_owned(), format!("{name}.gz")] {
            assert_eq!(told(&place, &format!("scan {file}"))["bytes"]["read"], text.len(), "{file}");
        }
        let format = name.rsplit('.').next().unwrap();
        let piped: Value =
            serde_json::from_str(&place.piped(&format!("scan - --format {format} --json"), text.as_bytes()).out).unwrap();
        assert_eq!(piped["bytes"]["read"], text.len(), "{name} on standard input");
    }
}

#[test]
fn bytes_written_are_those_of_the_files() {
    let place = Place::new();
    place.write("a.csv", format!("id,mail\n1,{MAIL}\n2,x\n3,y,z\n"));
    place.write("p.toml", "[pii.operators]\n\"contact.email\" = \"drop-row\"\n");
    place.run("clean a.csv --out o --policy p.toml -q").expect(3);
    let bytes = &place.report("o")["bytes"];
    for (key, file) in [("clean", "o/clean/a.csv"), ("quarantined", "o/quarantine/a.csv"), ("rejected", "o/rejected/a.csv")] {
        assert_eq!(bytes[key], place.read(file).len(), "{key}");
    }
}

#[test]
fn labels_that_are_cut_to_one_name_are_counted_together() {
    let place = Place::new();
    let long = "L".repeat(5000);
    let rows: String = (0..200).map(|n| format!("t{n},{long}{}\n", n % 2)).collect();
    place.write("a.csv", format!("text,label\n{rows}"));
    let labels = told(&place, "scan a.csv")["labels"].clone();
    let counts: Vec<&Value> = labels.as_object().unwrap().values().collect();
    assert_eq!(counts, [&json!({"before": 200, "after": 200})]);
}

#[test]
fn what_a_profile_keeps_no_more_of_is_said() {
    let place = Place::new();
    let rows: String = (0..5000).map(|n| format!("t{n},L{n}\n")).collect();
    place.write("a.csv", format!("text,label\n{rows}"));
    let report = told(&place, "scan a.csv");
    assert_eq!(report["labels"].as_object().unwrap().len(), 4096);
    let told: Vec<&str> = report["not_looked_at"].as_array().unwrap().iter().map(|n| n["what"].as_str().unwrap()).collect();
    assert!(told.contains(&"labels beyond 4096"), "{told:?}");
    for column in report["columns"].as_array().unwrap() {
        assert!(column["distinct"].as_u64() <= column["cells"].as_u64(), "{column}");
    }
}

#[test]
fn a_gate_that_could_not_look_says_so_or_is_refused() {
    let place = Place::new();
    place.write("a.csv", format!("id,mail\n1,{MAIL}\n"));
    let gates = told(&place, "scan a.csv --fail-on pii,secret,poison --no-pii --no-poison")["gates"].clone();
    for gate in ["pii", "secret", "poison"] {
        assert!(gates[gate]["why"].as_str().unwrap().starts_with("not looked for"), "{gates}");
    }
    for words in ["scan a.csv --fail-on leftover", "clean a.csv --out o --dry-run --fail-on leftover"] {
        assert!(place.run(words).expect(2).err.contains("leftover"), "{words}");
    }
    place.write("none.toml", "[poison]\ntests = []\n");
    let report = told(&place, "scan a.csv --policy none.toml");
    assert_eq!(report["reasons"][0], "the one row was read; poisoning was not looked for");
    place.write("share.toml", "[gates]\nmax_quarantined = \"7%\"\n");
    let why = told(&place, "scan a.csv --policy share.toml")["gates"]["max_quarantined"]["why"].clone();
    assert_eq!(why, "0 rows quarantined, at most 7% of 1 allowed");
}

#[test]
fn a_personal_column_name_shows_nowhere() {
    let place = Place::new();
    let lines: String = (0..50).map(|n| format!("{{\"text\": \"t{n}\", \"{MAIL}\": \"1\"}}\n")).collect();
    place.write("a.jsonl", &lines);
    place.write("a.parquet", place::parquet(&lines, 50));
    place.write("a.csv", format!("id,{MAIL},n\n{}", (0..50).map(|n| format!("{n},1,{}\n", n * n)).collect::<String>()));
    place.write("p.toml", format!("[columns.\"{MAIL}\"]\npii = \"skip\"\n"));
    for file in ["a.jsonl", "a.parquet", "a.csv"] {
        for flags in ["", " --no-poison", " --policy p.toml"] {
            let ran = place.run(&format!("clean {file} --out o --overwrite -v{flags}")).expect(0);
            assert!(!ran.err.contains("maria"), "{file}{flags}: {}", ran.err);
            for (name, bytes) in place.tree("o") {
                assert!(!bytes.windows(5).any(|w| w == b"maria"), "{file}{flags}: {name}");
            }
            place.run("verify o -q").expect(0);
        }
        let ran = place.run(&format!("scan {file} --label lable")).expect(2);
        assert!(ran.err.contains("EMAIL") && !ran.err.contains("maria"), "{file}: {}", ran.err);
    }
    // Who knows the name may use it; what is said of it is masked.
    for file in ["a.parquet", "a.csv"] {
        let report = told(&place, &format!("scan {file} --label {MAIL} --source {MAIL}"));
        assert_eq!(report["labels"]["1"]["before"], 50, "{file}");
        assert!(!report.to_string().contains("maria"), "{file}: {report}");
    }
}

#[test]
fn a_rule_for_a_column_that_is_nowhere_is_told() {
    let place = Place::new();
    place.write("a.csv", "id,name,text\n1,x,y\n");
    place.write("b.jsonl", "{\"m\": [{\"content\": \"x\"}]}\n");
    place.write("c.parquet", place::parquet("{\"name\": \"x\", \"id\": 1}\n", 10));
    for (rule, files, wanted, why) in [
        ("nmae", "a.csv b.jsonl c.parquet", true, "misspelt, so that nothing would be dropped"),
        ("name", "a.csv", false, "dropped from CSV"),
        ("name", "c.parquet", false, "dropped from Parquet"),
        ("m", "b.jsonl", false, "what lies in it is meant"),
    ] {
        place.write("p.toml", format!("[columns.{rule}]\noperator = \"drop-column\"\n"));
        let ran = place.run(&format!("clean {files} --out o --overwrite --policy p.toml")).expect(0);
        assert_eq!(ran.err.contains("for which the policy has a rule"), wanted, "{why}: {}", ran.err);
    }
}

#[test]
fn a_label_that_standard_input_lacks_ends_with_2_and_leaves_nothing() {
    let place = Place::new();
    let ran = place.piped("clean - --format csv --label lable --out o", b"id,label\n1,a\n2,b\n").expect(2);
    assert!(ran.err.contains("lable") && ran.err.contains("did you mean `label`"), "{}", ran.err);
    assert_eq!(place.names(), [""; 0], "neither OUT nor a stage");
    place.piped("clean - --format csv --label label --out o -q", b"id,label\n1,a\n2,b\n").expect(0);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_stay_two_files_and_the_run_is_sound() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    place.write("in/good.csv", "a,b\n1,2\n");
    for name in [b"b\xff.csv", b"b\xfe.csv"] {
        std::fs::write(place.path("in").join(std::ffi::OsStr::from_bytes(name)), format!("a,b\n1,{MAIL}\n")).unwrap();
    }
    place.run("clean in --out o -q").expect(0);
    let cleaned = place.tree("o/clean");
    assert!(cleaned.len() == 3 && cleaned.keys().any(|name| name.contains("xFF")), "{:?}", cleaned.keys());
    place.run("verify o -q").expect(0);
}

/// Two tables of 300 rows each, as lines of JSON, of which the second run gets another second one.
fn delivery(of: &str, extra: &str) -> String {
    let row = |n: u32| {
        let (label, source) = if n.is_multiple_of(3) { ("yes", "s1") } else { ("no", "s2") };
        format!(
            "{{\"text\": \"{of} {n} {}\", \"ssn\": \"219-09-{:04}\", \"label\": \"{label}\", \"src\": \"{source}\"{extra}}}\n",
            n * 7,
            1000 + n
        )
    };
    (0..300).map(row).collect()
}

#[test]
fn values_are_told_by_their_shape_and_what_is_left_of_them_by_severity() {
    let place = Place::new();
    let lines = delivery("lamp", "");
    place.write("a.jsonl", &lines);
    place.write("b.parquet", place::parquet(&lines, 100));
    place.write("key", "a key of some thirty-two bytes, at the least");
    for (operator, left, after) in [
        ("replace", "gone", "none"),
        ("{ operator = \"mask\", keep_last = 4 }", "partial", "indirect"),
        ("token", "pseudonymous", "indirect"),
        ("keep", "readable", "high"),
    ] {
        let operator = if operator.starts_with('{') { operator.to_owned() } else { format!("\"{operator}\"") };
        place.write("p.toml", format!("[key]\nfile = \"key\"\n[pii.operators]\n\"us.ssn\" = {operator}\n"));
        for file in ["a.jsonl", "b.parquet"] {
            place.run(&format!("clean {file} --out o --overwrite --policy p.toml --no-poison -q")).expect(0);
            let report = place.report("o");
            let shapes = report["pii"]["shapes"]["ssn"]["us.ssn"].as_object().unwrap();
            assert!(shapes.len() == 1 && shapes["999-99-9999"].as_u64() >= Some(16), "{file}: {shapes:?}");
            let risk = &report["risk"];
            let ssn = &risk["by_severity"]["high"];
            assert_eq!((&risk["before"], &risk["after"]), (&json!("high"), &json!(after)), "{file} {operator}");
            assert_eq!((&ssn["occurrences"], &ssn[left]), (&json!(300), &json!(300)), "{file} {operator}: {risk}");
            assert!(place.text("o/report.html").contains("<code>999-99-9999</code>"), "{file}");
        }
    }
    place.run("clean a.jsonl --out o --overwrite --no-pii -q").expect(0);
    assert!(place.report("o").get("risk").is_none(), "what was not looked for is no risk and no safety");
}

#[test]
fn what_changed_since_an_earlier_run_is_told() {
    let place = Place::new();
    place.write("a.jsonl", delivery("lamp", ""));
    place.write("b.jsonl", delivery("shade", ""));
    place.run("clean a.jsonl b.jsonl --source src --out first -q").expect(0);
    assert!(place.report("first")["timing"].get("changes").is_none(), "there is nothing to compare with");
    place.write(
        "b.jsonl",
        delivery("shade", ", \"mail\": \"maria.lang@example.com\"").replace("\"s2\"", "\"s3\"").replace("no", "yes"),
    );
    let ran = place.run("clean a.jsonl b.jsonl --source src --out second --since first").expect(0);
    assert!(ran.err.contains("changed     since 20"), "{}", ran.err);
    let second = place.report("second");
    let changes = &second["timing"]["changes"];
    assert_eq!(changes["since"], place.report("first")["timing"]["started"]);
    let appeared = |what: &str| {
        let of = changes["turnovers"].as_array().unwrap().iter().find(|t| t["what"] == what);
        of.map_or(json!(null), |t| t["appeared"]["names"].clone())
    };
    for (what, wanted) in [
        ("columns", json!(["mail"])),
        ("sources", json!(["s3"])),
        ("types of personal data", json!(["contact.email"])),
        ("columns with personal data", json!(["mail: contact.email"])),
        ("files", json!(null)),
    ] {
        assert_eq!(appeared(what), wanted, "{what}: {changes}");
    }
    let moved: Vec<&Value> = changes["shares"].as_array().unwrap().iter().map(|m| &m["name"]).collect();
    assert_eq!(moved, ["contact.email", "no", "yes"]);
    assert!(place.text("second/report.html").contains("What changed"));

    // What is replaced is compared with unasked; a report can be named by itself; all else of the report stays the same.
    place.run("clean a.jsonl b.jsonl --source src --out second --overwrite -q").expect(0);
    let again = place.report("second");
    assert_eq!(again["timing"]["changes"]["turnovers"], json!([]));
    place.run("scan a.jsonl b.jsonl --source src --out third --since first/report.json -q").expect(0);
    assert_eq!(place.report("third")["timing"]["changes"]["turnovers"], *changes.get("turnovers").unwrap());
    let timeless = |mut report: Value| {
        report.as_object_mut().unwrap().retain(|key, _| key != "timing" && key != "memory");
        report
    };
    assert_eq!(timeless(again), timeless(second.clone()));

    for (words, told) in [("--since nowhere", "no such report"), ("--since a.jsonl", "not a report")] {
        let ran = place.run(&format!("clean a.jsonl --out fourth {words}")).expect(2);
        assert!(ran.err.contains(told), "{}", ran.err);
    }
    assert!(!place.path("fourth").exists());
}

#[test]
fn an_earlier_run_that_kept_names_does_not_bring_them_back() {
    let place = Place::new();
    place.write("a.csv", format!("id,{MAIL},full_name\n1,x,Maria Lang\n2,y,Ann Lee\n3,y,{MAIL}\n"));
    place.write("column.toml", "[columns.full_name]\noperator = \"keep\"\n");
    place.write("keep.toml", "[pii]\ndefault = \"keep\"\n");
    for earlier in ["--no-pii", "--policy column.toml", "--policy keep.toml"] {
        place.run(&format!("clean a.csv --out kept --label full_name --source full_name {earlier} -q --overwrite")).expect(0);
        for now in ["", "--policy keep.toml"] {
            place
                .run(&format!("clean a.csv --out o --label full_name --source full_name --since kept {now} -q --overwrite"))
                .expect(0);
            let (told, page) = (place.report("o"), place.text("o/report.html"));
            for value in [MAIL, "Maria Lang", "Ann Lee"] {
                // A header that this run keeps is told by all of its report.
                if now.is_empty() || value != MAIL {
                    assert!(!told["timing"].to_string().contains(value), "{earlier}, {now}: {}", told["timing"]);
                    assert!(!page.contains(value), "{earlier}, {now}: {value}");
                }
            }
        }
    }
}
