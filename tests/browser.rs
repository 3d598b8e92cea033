//! The report in a real browser: it fetches nothing, runs nothing, and has no element or attribute but its own, whatever stands
//! in headers, labels, cells and names of files; axe finds nothing against it.
//!
//! Runs where `UNTAINT_BROWSER` names a Chromium and `UNTAINT_BROWSER_TOOLS` the folder that `tests/browser/run` makes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a test fails by a panic and says what it skips"
)]

mod place;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Longest page, and longest time until it is shown.
const LONGEST_BYTES: u64 = 1_000_000;

struct Tools {
    browser: PathBuf,
    folder: PathBuf,
}

fn tools() -> Option<Tools> {
    let found = std::env::var_os("UNTAINT_BROWSER").zip(std::env::var_os("UNTAINT_BROWSER_TOOLS"));
    if found.is_none() {
        eprintln!("skipped: no browser; tests/browser/run installs one and runs this");
    }
    found.map(|(browser, folder)| Tools { browser: browser.into(), folder: folder.into() })
}

impl Tools {
    /// Strings that have broken programs, and payloads of our own.
    fn strings(&self) -> Vec<String> {
        let read =
            |path: &str| -> Vec<String> { serde_json::from_slice(&std::fs::read(self.folder.join(path)).unwrap()).unwrap() };
        let mut all = read("node_modules/big-list-of-naughty-strings/blns.json");
        all.extend(read("payloads.json"));
        all.retain(|s| !s.is_empty());
        assert!(all.len() > 500, "{}", all.len());
        all
    }

    /// Opens pages; those that end in `!` once and without axe.
    fn look(&self, pages: &[String]) -> Vec<Value> {
        let out = Command::new("node")
            .arg("look.mjs")
            .args(pages)
            .current_dir(&self.folder)
            .env("UNTAINT_BROWSER", &self.browser)
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn expect_nothing_wrong(&self, pages: &[String]) {
        let looks = self.look(pages);
        assert_eq!(looks.len(), pages.len());
        for look in looks {
            assert_eq!(look["wrong"], json!([]), "{}", look["file"]);
            assert!(look["bytes"].as_u64().unwrap() < LONGEST_BYTES, "{look}");
            eprintln!("{} bytes, shown after {} ms: {}", look["bytes"], look["milliseconds"], look["file"]);
        }
    }
}

fn untaint(arguments: &[&str], folder: &Path) {
    let run = Command::new(env!("CARGO_BIN_EXE_untaint")).args(arguments).current_dir(folder).output().unwrap();
    let code = run.status.code().unwrap();
    assert!([0, 3].contains(&code), "{code}: {}", String::from_utf8_lossy(&run.stderr));
    for text in [&run.stdout, &run.stderr] {
        let text = String::from_utf8_lossy(text);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c)), "{text:?}");
    }
}

/// A cell or header of CSV.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn page(folder: &Path, out: &str) -> String {
    folder.join(out).join("report.html").to_string_lossy().into_owned()
}

/// Puts strings in the place of whatever text a report may take from data: all of them, one after the other.
fn spoil(value: &mut Value, key: &str, next: &mut dyn FnMut() -> String) {
    /// Words of our own.
    const FIXED: &[&str] =
        &["status", "state", "fate", "verdict", "severity", "kind", "started", "program", "format", "before", "after"];
    /// What holds names of data as keys.
    const NAMES: &[&str] =
        &["labels", "gates", "allowed", "operators", "by_detector", "by_column", "by_severity", "formats", "shapes", "sources"];
    match value {
        Value::String(text) if !FIXED.contains(&key) => *text = next(),
        Value::Array(all) => all.iter_mut().for_each(|value| spoil(value, key, next)),
        Value::Object(all) if NAMES.contains(&key) => {
            let entries: Vec<Value> = std::mem::take(all).into_iter().map(|(_, value)| value).collect();
            for mut value in entries {
                let name = next();
                let within = match key {
                    "shapes" => "by_column",
                    "by_column" => "operators",
                    _ => "",
                };
                spoil(&mut value, within, next);
                all.insert(name, value);
            }
        }
        Value::Object(all) => all.iter_mut().for_each(|(key, value)| spoil(value, key, next)),
        _ => {}
    }
}

#[test]
fn whatever_stands_in_the_data_the_page_is_inert() {
    let Some(tools) = tools() else { return };
    let strings = tools.strings();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut pages = Vec::new();
    // As the data has it: headers, labels, sources, cells, names of files.
    for (number, some) in strings.chunks(90).enumerate() {
        let input = folder.join(format!("in{number}"));
        std::fs::create_dir(&input).unwrap();
        let mut csv: String = some.iter().map(|s| quoted(s) + ",").collect();
        csv += "label,source,text\n";
        for row in 0..some.len() * 3 {
            let s = quoted(&some[row % some.len()]);
            for _ in some {
                write!(csv, "{s},").unwrap();
            }
            writeln!(csv, "{s},{s},{s}").unwrap();
        }
        let legal = |s: &&String| !s.contains(['/', '\0']) && s.len() < 200 && !s.starts_with(['.', '_']);
        let name = some.iter().find(legal).map_or_else(|| "x".to_owned(), Clone::clone);
        std::fs::write(input.join(format!("{name}.csv")), csv).unwrap();
        let out = format!("out{number}");
        untaint(&["clean", &format!("in{number}"), "--out", &out, "--source", "source", "--text", "text"], folder);
        pages.push(page(folder, &out) + "!");
    }
    // In every text that a report can have.
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    untaint(&["clean", sample.to_str().unwrap(), "--out", "sample", "--source", "source", "--since", "out0"], folder);
    pages.push(page(folder, "sample"));
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("sample/manifest.json")).unwrap()).unwrap();
    let report = std::fs::read(folder.join("sample/report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    let mut at = 0;
    let mut seen = BTreeSet::new();
    while seen.len() < strings.len() {
        let mut spoiled = report.clone();
        spoil(&mut spoiled, "", &mut || {
            at += 1;
            seen.insert((at - 1) % strings.len());
            strings[(at - 1) % strings.len()].clone()
        });
        let out = format!("spoiled{}", pages.len());
        std::fs::create_dir(folder.join(&out)).unwrap();
        let (spoiled, mut manifest) = (spoiled.to_string(), manifest.clone());
        let outputs = manifest["outputs"].as_array_mut().unwrap();
        let listed = outputs.iter_mut().find(|output| output["path"] == "report.json").unwrap();
        (listed["bytes"], listed["sha256"]) = (spoiled.len().into(), place::sha256(spoiled.as_bytes()).into());
        std::fs::write(folder.join(&out).join("manifest.json"), manifest.to_string()).unwrap();
        std::fs::write(folder.join(&out).join("report.json"), spoiled).unwrap();
        untaint(&["report", &out], folder);
        pages.push(page(folder, &out) + "!");
    }
    tools.expect_nothing_wrong(&pages);
}

#[test]
fn ten_a_thousand_and_ten_thousand_columns_make_a_page_that_is_shown_at_once() {
    let Some(tools) = tools() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut pages = Vec::new();
    for columns in [10, 1_000, 10_000] {
        let mut csv = String::from("label");
        (0..columns).for_each(|n| write!(csv, ",column {n}").unwrap());
        for row in 0..20 {
            write!(csv, "\n{}", row % 3).unwrap();
            (0..columns).for_each(|n| write!(csv, ",user{n}@example.org").unwrap());
        }
        std::fs::write(folder.join(format!("c{columns}.csv")), csv + "\n").unwrap();
        let out = format!("out{columns}");
        untaint(&["clean", &format!("c{columns}.csv"), "--out", &out], folder);
        pages.push(page(folder, &out));
    }
    tools.expect_nothing_wrong(&pages);
    for page in pages {
        let page = std::fs::read_to_string(page).unwrap();
        assert!(!page.contains("@example.org"), "a value that was found");
    }
}
