//! What people decide on a finished OUT: rows that are released, a quarantine that is purged, and the record of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "small texts under known names"
)]

mod place;

use place::{Place, Ran};

/// Rows of the tables below.
const ROWS: usize = 100;

/// Of them, those with text that is not seen, which is withheld: the first, two side by side, the last.
const HIDDEN: &[usize] = &[0, 41, 42, 99];

const MAIL: &str = "ann.larsson@example.com";

fn text(of: &str, row: usize) -> String {
    let hidden = if HIDDEN.contains(&row) { "\u{202e}drop\u{202c}" } else { "" };
    format!("{of}{row} {of}{} about {hidden} a lamp, {of}{}", row * 37 % 101, row * 53 % 97)
}

fn object(of: &str, row: usize) -> String {
    let text = serde_json::json!(text(of, row));
    format!("{{\"n\": {row},  \"text\":{text}, \"mail\": \"u{row}@example.com\", \"label\":\"{}\"}}", row % 2)
}

fn csv(of: &str, delimiter: char, end: &str, last: &str) -> String {
    let mut out = format!("n{delimiter}text{delimiter}mail{delimiter}label{end}");
    for row in 0..ROWS {
        let blank = if row % 20 == 2 { end } else { "" };
        let end = if row + 1 == ROWS { last } else { end };
        out += &format!("{row}{delimiter}\"{}\"{delimiter}u{row}@example.com{delimiter}{}{end}{blank}", text(of, row), row % 2);
    }
    out
}

fn lines(of: &str) -> String {
    (0..ROWS).map(|row| object(of, row) + "\n").collect()
}

fn array(of: &str) -> String {
    let gap =
        |row: usize| if row + 1 == ROWS { String::new() } else { format!("{},{}", " ".repeat(row % 3), "\n".repeat(row % 4)) };
    format!("\n[ {}\n ]\n", (0..ROWS).map(|row| object(of, row) + &gap(row)).collect::<String>())
}

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// Every form of data in which rows are withheld.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a.csv", csv("a", ',', "\n", "\n").into_bytes()),
        ("b.csv", csv("b", ';', "\r\n", "").into_bytes()),
        ("c.csv", format!("\u{feff}{}", csv("c", '\t', "\n", "\n\n")).into_bytes()),
        ("d.jsonl", lines("d").into_bytes()),
        ("e.json", array("e").into_bytes()),
        ("f.csv.gz", place::gz(csv("f", ',', "\n", "\n").as_bytes())),
        ("g.jsonl.zst", place::zst(lines("g").as_bytes())),
        ("h.csv", utf16(&csv("h", '|', "\n", "\n"))),
        ("i.json", utf16(&array("i"))),
        ("j.parquet", place::parquet(&lines("j"), 30)),
        ("k.parquet", place::parquet(&lines("k"), 1)),
        ("l.json.gz", place::gz(array("l").as_bytes())),
    ]
}

fn release(place: &Place, rows: &str) -> Ran {
    place.write("rows.csv", format!("file,row\n{rows}"));
    place.call(&["release", "o", "--rows", "rows.csv", "--by", "Ann Lee", "--why", "looked at each"])
}

fn named(file: &str, rows: &[usize]) -> String {
    rows.iter().map(|row| format!("{file},{row}\n")).collect()
}

#[track_caller]
fn says(ran: &Ran, words: &[&str]) {
    for word in words {
        assert!(ran.err.contains(word), "{word:?} is missing in: {}", ran.err);
    }
}

/// The entries; none before the first decision.
fn audit(place: &Place) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(place.path("o/audit.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A run whose only file is a table of a hundred rows, four of them withheld.
fn with_quarantine() -> Place {
    let place = Place::new();
    place.write("a.csv", csv("a", ',', "\n", "\n"));
    place.run("clean a.csv --out o -q").expect(0);
    place
}

#[test]
fn rows_that_were_released_lie_where_they_would_had_they_never_been_withheld() {
    let place = Place::new();
    for (name, bytes) in forms() {
        place.write(&format!("in/{name}"), &bytes);
    }
    let names: Vec<&str> = forms().iter().map(|(name, _)| *name).collect();
    let all = |rows: &[usize]| names.iter().map(|name| named(name, rows)).collect::<String>();
    place.write("review.toml", "[poison.fate]\nhidden-text = \"review\"\n");
    place.run("clean in --out whole -q --policy review.toml").expect(0);
    let whole = place.unpacked("whole/clean");
    assert!(!place.path("whole/quarantine").exists());
    for steps in [&[&[0, 42][..], &[41, 99]][..], &[&[99], &[41], &[0, 42]], &[&[42, 99], &[0, 41]]] {
        place.run("clean in --out o -q --overwrite").expect(0);
        let mut left = HIDDEN.to_vec();
        for rows in steps {
            release(&place, &all(rows)).expect(0);
            left.retain(|row| !rows.contains(row));
            let (clean, held) = (ROWS - left.len(), left.len());
            let sums: Vec<_> = names.iter().map(|name| format!("{name} complete - 100={clean}+{held}+0")).collect();
            assert_eq!(place.ledger("o"), sums);
            assert_eq!(place.tree("o/quarantine").len(), if held > 0 { names.len() } else { 0 });
            place.run("verify o -q").expect(0);
        }
        let now = place.unpacked("o/clean");
        for name in &names {
            assert!(now[*name] == whole[*name], "{name} {steps:?}");
        }
        assert!(!place.path("o/quarantine").exists() && !place.path("o/withheld.parquet").exists());
        assert_eq!(place.report("o")["labels"], place.report("whole")["labels"]);
    }
}

#[test]
fn a_file_of_which_every_row_was_withheld_comes_back_whole() {
    let place = Place::new();
    place.write("drop.toml", "[pii]\ndefault = \"drop-row\"\n[poison]\ntests = \"none\"\n");
    place.write("keep.toml", "[poison]\ntests = \"none\"\n");
    for (name, bytes) in [
        ("a.csv", format!("id,mail\n1,{MAIL}\n2,{MAIL}")),
        ("b.json", format!("[ {{\"m\":\"{MAIL}\"}} ,\n {{\"m\":\"x {MAIL}\"}}\n]")),
        ("c.jsonl", format!("{{\"m\":\"{MAIL}\"}}\n\n{{\"m\":\"{MAIL} x\"}}\n")),
    ] {
        place.write(name, bytes);
        place.run(&format!("clean {name} --out whole -q --overwrite --policy keep.toml")).expect(0);
        for order in [[0, 1], [1, 0]] {
            place.run(&format!("clean {name} --out o -q --overwrite --policy drop.toml")).expect(0);
            for row in order {
                let refused = release(&place, &named(name, &[row])).expect(2);
                says(&refused, &["drop-row", "--policy-rows", name]);
                place.call(&["release", "o", "--rows", "rows.csv", "--by", "A", "--why", "B", "--policy-rows"]).expect(0);
                place.run("verify o -q").expect(0);
            }
            assert_eq!(place.tree("o/clean"), place.tree("whole/clean"), "{name}");
        }
    }
    place.write("d.parquet", place::parquet(&format!("{{\"m\":\"{MAIL}\"}}\n{{\"m\":\"{MAIL} x\"}}\n"), 1));
    place.run("clean d.parquet --out o -q --overwrite --policy drop.toml").expect(0);
    place.write("rows.csv", "file,row\nd.parquet,1\n");
    place.call(&["release", "o", "--rows", "rows.csv", "--by", "A", "--why", "B", "--policy-rows"]).expect(0);
    place.run("verify o -q").expect(0);
    assert_eq!(place::unparquet(&place.read("o/clean/d.parquet")), "{\"m\":\"<EMAIL> x\"}\n");
    assert_eq!(audit(&place)[1]["tests"], serde_json::json!({"drop-row": 1}));
}

#[test]
fn rows_are_named_as_csv_jsonl_parquet_or_on_standard_input() {
    let rows = "{\"file\":\"a.csv\",\"row\":42}\n{\"file\":\"a.csv\",\"row\":0}\n";
    for (name, bytes) in [
        ("rows.csv", b"test,row,file\nx,42,a.csv\ny,42,a.csv\nz,0,a.csv\n".to_vec()),
        ("rows.jsonl", rows.as_bytes().to_vec()),
        ("rows.parquet", place::parquet(rows, 1)),
        ("-", b"file,row\na.csv,0\na.csv,42\n".to_vec()),
    ] {
        let place = with_quarantine();
        if name == "-" {
            place.piped("release o --rows - --by A --why B -q", &bytes).expect(0);
        } else {
            place.write(name, &bytes);
            place.call(&["release", "o", "--rows", name, "--by", "A", "--why", "B", "-q"]).expect(0);
        }
        assert_eq!(place.ledger("o"), ["a.csv complete - 100=98+2+0"], "{name}");
        assert_eq!(audit(&place)[1]["rows_sha256"].as_str().map(str::len), Some(64), "{name}");
    }
}

#[test]
fn what_cannot_be_released_is_told_and_nothing_changes() {
    let place = Place::new();
    place.write("in/a.csv", csv("a", ',', "\n", "\n") + "1,2,3,4,5\n");
    place.write("in/b.csv", "n,text\n1,x\n");
    place.run("clean in --out o -q").expect(3);
    let before = place.tree("o");
    let many: String = (0..300).map(|row| format!("none{row}.csv,0\n")).collect();
    for (rows, expected) in [
        ("b.csv,0\n", &["b.csv", "clean already"][..]),
        ("a.csv,1\na.csv,0\n", &["1 of 2 rows", "a.csv", "1 row: 1"]),
        ("a.csv,100\n", &["rejected"]),
        ("a.csv,101\nb.csv,77\n", &["no such row", "101", "77"]),
        ("nowhere.csv,0\n", &["no such file", "nowhere.csv"]),
        ("\"no\u{1b}[2J\u{202e}where.csv\",0\n", &["\\u001b", "\\u202e"]),
        ("a.csv,18446744073709551615\n", &["line 2"]),
        (many.as_str(), &["300 of 300", "and 280 more"]),
        ("", &["names no row"]),
    ] {
        let ran = release(&place, rows).expect(2);
        says(&ran, expected);
        assert!(ran.err.lines().count() <= 23 && ran.err.chars().all(|c| c == '\n' || !c.is_control()), "{}", ran.err);
        assert!(ran.out.is_empty());
        assert!(place.tree("o") == before, "{rows}: something changed");
    }
    place.write("rows.csv", "file,row\na.csv,0\n");
    for (words, expected) in [
        ("release o --rows none.csv --by A --why B", &["none.csv"][..]),
        ("release o --rows rows.csv --by A", &["--why"]),
        ("release in --rows rows.csv --by A --why B", &["no finished run"]),
        ("purge in", &["no finished run"]),
        ("purge o", &["kept for good", "--retention"]),
    ] {
        says(&place.run(words).expect(2), expected);
    }
    says(&place.call(&["release", "o", "--rows", "rows.csv", "--by", " ", "--why", "B"]).expect(2), &["--by is empty"]);
    place.run("scan in --out s -q").expect(3);
    says(&place.run("release s --rows rows.csv --by A --why B").expect(2), &["scan"]);
    assert!(place.tree("o") == before);
    assert_eq!(place.names(), ["in", "o", "rows.csv", "s"], "no stage is left");
}

#[test]
fn report_page_gates_and_record_say_what_was_decided() {
    let place = Place::new();
    place.write("a.csv", csv("a", ',', "\n", "\n"));
    place.run("clean a.csv --out o -q --fail-on quarantined").expect(1);
    let (by, why) = ("Ann \u{202e}<b>\u{1b}[2J", "\"ok\",\n=1+2 </td><script>");
    place.write("rows.csv", "file,row\na.csv,0\na.csv,41\na.csv,42\n");
    let ran = place.call(&["release", "o", "--rows", "rows.csv", "--by", by, "--why", why]).expect(0);
    says(&ran, &["RELEASED  3 rows of 1 file, withheld by hidden-text 3", "99 clean + 1 quarantined", "\\u202e"]);
    assert!(ran.err.chars().all(|c| c == '\n' || !c.is_control()), "{}", ran.err);
    let report = place.report("o");
    assert!(report["gates"]["quarantined"]["tripped"].as_bool().unwrap());
    let decision = &report["decisions"][0];
    assert_eq!((&decision["by"], &decision["why"]), (&by.into(), &why.into()), "as it was given");
    assert_eq!((&decision["rows"], &decision["tests"]["hidden-text"]), (&3.into(), &3.into()));
    let page = place.text("o/report.html");
    assert!(page.contains("Decisions") && !page.contains("<script") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
    let lines = audit(&place);
    assert_eq!(lines.iter().map(|l| l["action"].as_str().unwrap()).collect::<Vec<_>>(), ["run", "release"]);
    assert_eq!(lines[1]["by"], by);
    assert_eq!((&lines[1]["seq"], &lines[0]["prev"]), (&1.into(), &serde_json::Value::Null));
    assert_eq!(lines[1]["before_sha256"], lines[0]["manifest_sha256"]);
    place.run("verify o -q").expect(0);
    assert_eq!(place.suspects("o").len(), 4, "they stay suspects");
    let json = place.call(&["release", "o", "--rows", "rows.csv", "--by", "A", "--why", "B", "--json"]).expect(2);
    assert!(json.out.is_empty(), "they are clean already");
    place.write("rows.csv", "file,row\na.csv,99\n");
    let json = place.call(&["release", "o", "--rows", "rows.csv", "--by", by, "--why", "B", "--json"]).expect(0);
    assert!(json.out.trim_end().chars().all(|c| !c.is_control() && c != '\u{202e}'));
    let summary: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(summary["gates"]["quarantined"]["tripped"], false);
    assert_eq!(summary["decisions"].as_array().map(Vec::len), Some(2));
    says(&place.run("clean a.csv --out o --overwrite").expect(0), &["2 decisions"]);
    assert!(!place.path("o/audit.jsonl").exists(), "nobody decided on this one yet");
}

#[test]
fn exports_tell_of_what_was_decided() {
    let place = with_quarantine();
    place.run("report o --export prometheus,croissant").expect(0);
    let held = place.report("o")["rows"]["quarantined"].as_u64().unwrap();
    let gauge = |held: u64| format!("untaint_rows{{dataset=\"o\",fate=\"quarantined\"}} {held}\n");
    let catalogue = place.read("o/exports/croissant.json");
    assert!(place.text("o/exports/untaint.prom").contains(&gauge(held)));
    release(&place, &named("a.csv", &[0])).expect(0);
    assert!(place.text("o/exports/untaint.prom").contains(&gauge(held - 1)));
    assert_ne!(place.read("o/exports/croissant.json"), catalogue, "it holds the digest of the cleaned file");
    assert!(!place.path("o/exports/untaint.sarif").exists(), "nobody asked for it");
    place.run("verify o -q").expect(0);
}

#[test]
fn whoever_changes_the_record_is_told_of() {
    let place = with_quarantine();
    for row in [0, 41] {
        release(&place, &named("a.csv", &[row])).expect(0);
    }
    let (record, manifest) = (place.text("o/audit.jsonl"), place.text("o/manifest.json"));
    let lines: Vec<&str> = record.lines().collect();
    let [first, second, third] = lines[..] else { panic!("three entries") };
    let with = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let older = manifest.replace("\"seed\": 0", "\"seed\": 1");
    assert_ne!(older, manifest);
    for (record, manifest, why) in [
        (with(&[first, &second.replace("Ann Lee", "Bob Lee"), third]), &manifest, "a name is another"),
        (with(&[first, second, &third.replace("looked", "hacked")]), &manifest, "the last reason is another"),
        (with(&[first, third]), &manifest, "an entry is gone"),
        (with(&[second, third]), &manifest, "the first is gone"),
        (with(&[first, second]), &manifest, "the last is gone"),
        (with(&[first, third, second]), &manifest, "another order"),
        (with(&[first, second, third, third]), &manifest, "one twice"),
        (with(&[first, second, third, "{}"]), &manifest, "one of nobody"),
        (with(&[first, second, "no entry"]), &manifest, "none"),
        (format!("{first}\n{second}\n{third}"), &manifest, "cut within its line end"),
        (String::new(), &manifest, "empty"),
        (record.clone(), &older, "another manifest"),
        (record.clone(), &manifest.replace("\"audit\"", "\"audits\""), "no anchor"),
    ] {
        place.write("o/audit.jsonl", record);
        place.write("o/manifest.json", manifest);
        let ran = place.run("verify o").expect(4);
        assert!(ran.err.contains("audit.jsonl"), "{why}: {}", ran.err);
    }
    let before = place.tree("o");
    assert_eq!(release(&place, &named("a.csv", &[42])).code, 4, "nothing is added to it");
    assert!(place.tree("o") == before);
    place.write("o/manifest.json", &manifest);
    std::fs::remove_file(place.path("o/audit.jsonl")).unwrap();
    says(&place.run("verify o").expect(4), &["audit.jsonl", "missing"]);
    place.write("o/audit.jsonl", record);
    place.run("verify o -q").expect(0);
    let clean = place.read("o/clean/a.csv");
    place.write("o/clean/a.csv", "other bytes");
    says(&release(&place, &named("a.csv", &[42])).expect(4), &["bytes are not those"]);
    place.write("o/clean/a.csv", clean);
    release(&place, &named("a.csv", &[42])).expect(0);
    place.run("verify o -q").expect(0);
}

#[test]
fn a_quarantine_is_purged_when_its_time_has_come() {
    let place = Place::new();
    place.write("a.csv", csv("a", ',', "\n", "\n") + "1,2,3,4,5\n");
    place.write("p.toml", "[quarantine]\nretention = \"13w\"\n");
    place.run("clean a.csv --out o -q --policy p.toml").expect(3);
    let before = place.tree("o");
    let manifest: serde_json::Value = serde_json::from_slice(&place.read("o/manifest.json")).unwrap();
    let until = manifest["kept_until"].as_str().unwrap().to_owned();
    says(&place.run("purge o").expect(2), &["kept until", &until]);
    assert!(place.tree("o") == before && place.text("o/report.html").contains(&until));
    place.run("clean a.csv --out o -q --policy p.toml --retention 0d --overwrite").expect(3);
    release(&place, &named("a.csv", &[41])).expect(0);
    let held = place.read("o/quarantine/a.csv");
    says(&place.run("purge o").expect(0), &["PURGED    2 files with 4 rows", "97 clean + 3 quarantined + 1 rejected"]);
    assert!(!place.path("o/quarantine").exists() && !place.path("o/rejected").exists());
    assert_eq!(place.ledger("o"), ["a.csv partial too-many-fields (1) 101=97+3+1"]);
    place.run("verify o -q").expect(0);
    assert_eq!(audit(&place).iter().map(|l| l["action"].as_str().unwrap()).collect::<Vec<_>>(), ["run", "release", "purge"]);
    assert!(place.text("o/report.html").contains("purge"));
    says(&release(&place, &named("a.csv", &[0])).expect(2), &["purged"]);
    says(&place.run("purge o").expect(0), &["nothing to purge"]);
    assert!(serde_json::from_str::<serde_json::Value>(&place.run("purge o --json").expect(0).out).is_ok());
    place.write("o/quarantine/a.csv", held);
    says(&place.run("verify o").expect(4), &["quarantine/a.csv"]);
    for (words, expected) in [
        ("clean a.csv --out n --retention soon", &["--retention", "90d"][..]),
        ("clean a.csv --out n --retention 99999d", &["--retention"]),
        ("scan a.csv --retention 1d", &["--retention"]),
    ] {
        says(&place.run(words).expect(2), expected);
    }
    place.write("p.toml", "[quarantine]\nretenton = \"13w\"\n");
    says(&place.run("clean a.csv --out n --policy p.toml").expect(2), &["retenton", "retention"]);
}

#[test]
fn what_is_not_touched_is_shared_and_strangers_stay() {
    let place = Place::new();
    place.write("in/a.csv", csv("a", ',', "\n", "\n"));
    place.write("in/b.csv", "n,text\n1,x\n");
    place.run("clean in --out o -q").expect(0);
    place.write("o/notes/mine.txt", "mine");
    #[cfg(unix)]
    let inode = |name: &str| std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(place.path(name)).unwrap());
    #[cfg(unix)]
    let shared = inode("o/clean/b.csv");
    release(&place, &named("a.csv", &[0])).expect(0);
    #[cfg(unix)]
    assert_eq!(inode("o/clean/b.csv"), shared, "nobody copies what stays");
    assert_eq!(place.text("o/notes/mine.txt"), "mine");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/", place.path("o/link")).unwrap();
        let before = place.tree("o/clean");
        says(&release(&place, &named("a.csv", &[41])).expect(2), &["link"]);
        assert!(place.tree("o/clean") == before);
        assert_eq!(place.names(), ["in", "o", "rows.csv"], "no stage is left");
    }
}

#[cfg(unix)]
#[test]
fn a_release_that_is_killed_leaves_the_old_out_or_the_new_one() {
    use std::time::{Duration, Instant};
    let place = with_quarantine();
    let old = place.tree("o");
    place.write("rows.csv", "file,row\na.csv,0\na.csv,99\n");
    let args = ["release", "o", "--rows", "rows.csv", "--by", "A", "--why", "B", "-q"];
    let from = Instant::now();
    place.call(&args).expect(0);
    let took = from.elapsed();
    let new = place.tree("o/clean");
    for step in 0..8 {
        std::fs::remove_dir_all(place.path("o")).unwrap();
        for (name, bytes) in &old {
            place.write(&format!("o/{name}"), bytes);
        }
        let mut child = place.command(&args).spawn().unwrap();
        std::thread::sleep(took.mul_f64(0.5 + 0.07 * f64::from(step)) + Duration::from_micros(300));
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        place.run("verify o -q").expect(0);
        let now = place.tree("o/clean");
        assert!(now == new || place.tree("o") == old, "step {step}: neither the old nor the new one");
        if now != new {
            assert!(!ended.success());
            place.call(&args).expect(0);
            assert!(place.tree("o/clean") == new, "step {step}");
        }
        place.run("verify o -q").expect(0);
        assert!(place.names().iter().all(|name| ["a.csv", "o", "rows.csv", ".o.untaint"].contains(&name.as_str())));
    }
}

#[test]
fn a_page_of_another_version_is_recorded_and_a_lost_one_put_back() {
    use untaint::report::Manifest;
    let place = with_quarantine();
    let page = place.read("o/report.html");
    place.write("o/report.html", "gone");
    place.run("report o").expect(0);
    assert_eq!((place.read("o/report.html"), audit(&place).len()), (page.clone(), 0), "as the run listed it");
    // As if another version had laid the page out and listed it.
    let mut manifest = Manifest::read(&place.path("o/manifest.json")).unwrap();
    let listed = manifest.outputs.iter_mut().find(|o| o.path == "report.html").unwrap();
    (listed.bytes, listed.sha256) = (7, place::sha256(b"another"));
    place.write("o/report.html", "another");
    place.write("o/manifest.json", manifest.render().unwrap());
    place.run("verify o -q").expect(0);
    place.run("report o").expect(0);
    assert_eq!(place.read("o/report.html"), page);
    assert_eq!((&audit(&place)[0]["action"], &audit(&place)[1]["action"]), (&"run".into(), &"report".into()));
    place.run("verify o -q").expect(0);
}

#[test]
fn a_report_that_somebody_changed_is_vouched_for_by_nothing() {
    let place = with_quarantine();
    let told = place.text("o/report.json");
    for (changed, why) in [(Some(told.replace("\"verdict\": \"review\"", "\"verdict\": \"pass\"")), "changed"), (None, "gone")] {
        match &changed {
            Some(text) => drop(place.write("o/report.json", text)),
            None => std::fs::remove_file(place.path("o/report.json")).unwrap(),
        }
        assert_ne!(changed.as_ref(), Some(&told));
        for ran in [release(&place, &named("a.csv", &[0])), place.run("purge o"), place.run("report o")] {
            says(&ran.expect(4), &["report.json"]);
        }
        place.run("verify o -q").expect(4);
        assert_eq!(place.names().len(), 3, "{why}: {:?}", place.names());
    }
    place.write("o/report.json", &told);
    release(&place, &named("a.csv", &[0])).expect(0);
    // The whole record taken out: the report tells of a decision still.
    std::fs::remove_file(place.path("o/audit.jsonl")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&place.read("o/manifest.json")).unwrap();
    manifest.as_object_mut().unwrap().remove("audit");
    place.write("o/manifest.json", serde_json::to_string_pretty(&manifest).unwrap());
    place.run("verify o -q").expect(4);
    release(&place, &named("a.csv", &[41])).expect(4);
}

#[test]
fn rows_of_parquet_are_whole_numbers_and_files_are_texts() {
    use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int16Array, StringArray, StringViewArray};
    use std::sync::Arc;
    let place = with_quarantine();
    let file = || -> ArrayRef { Arc::new(StringArray::from(vec!["a.csv"])) };
    let cases: Vec<(&str, ArrayRef, ArrayRef, i32)> = vec![
        ("half a row", file(), Arc::new(Float64Array::from(vec![41.5])), 2),
        ("false", file(), Arc::new(BooleanArray::from(vec![false])), 2),
        ("a file that is a number", Arc::new(Int16Array::from(vec![1])), Arc::new(Int16Array::from(vec![41])), 2),
        ("no file", Arc::new(StringArray::from(vec![None::<&str>])), Arc::new(Int16Array::from(vec![41])), 2),
        ("a view of a text", Arc::new(StringViewArray::from(vec!["a.csv"])), Arc::new(Int16Array::from(vec![41])), 0),
    ];
    for (why, files, rows, code) in cases {
        let table = arrow::record_batch::RecordBatch::try_from_iter([("file", files), ("row", rows)]).unwrap();
        let mut bytes = Vec::new();
        let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, table.schema(), None).unwrap();
        writer.write(&table).unwrap();
        writer.close().unwrap();
        place.write("rows.parquet", bytes);
        let ran = place.call(&["release", "o", "--rows", "rows.parquet", "--by", "Ann", "--why", "x"]);
        assert_eq!(ran.code, code, "{why}: {}", ran.err);
    }
}

#[test]
fn a_document_of_which_the_mark_alone_is_left_is_sound() {
    let place = Place::new();
    place.write("p.toml", "[pii]\ndefault = \"drop-row\"\n");
    for (text, code) in [(format!("\u{feff}{{\"a\":\"{MAIL}\"}}"), 0), ("\u{feff}{\"a\":1".to_owned(), 3)] {
        place.write("a.json", text);
        place.run("clean a.json --out o --overwrite -q --policy p.toml").expect(code);
        place.run("verify o -q").expect(0);
    }
}

#[cfg(unix)]
#[test]
fn what_is_written_anew_is_as_private_as_it_was_and_a_purged_quarantine_is_no_more_spoken_of_as_there() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let place = with_quarantine();
    let mode = |name: &str| std::fs::metadata(place.path(name)).unwrap().mode() & 0o777;
    for name in ["o/quarantine/a.csv", "o/clean/a.csv", "o/report.json", "o/manifest.json"] {
        std::fs::set_permissions(place.path(name), PermissionsExt::from_mode(0o600)).unwrap();
    }
    release(&place, &named("a.csv", &[0])).expect(0);
    for name in ["o/quarantine/a.csv", "o/clean/a.csv", "o/report.json", "o/manifest.json"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    place.run("clean a.csv --out o --overwrite --retention 0d -q").expect(0);
    place.run("purge o -q").expect(0);
    let page = place.text("o/report.html");
    assert!(page.contains("the quarantine was purged") && !page.contains("withheld in the quarantine"));
    assert!(!page.contains("what is withheld is kept until"));
}
