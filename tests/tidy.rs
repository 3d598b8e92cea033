//! The house rules that a program can check: who knows whom, what files look like, what documents promise.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A layer and the layers it may name. Who stands further down may know more.
const LAYERS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("merge", &[]),
    ("text", &[]),
    ("batch", &["error"]),
    ("policy", &["batch", "error"]),
    ("io", &["batch", "error", "text"]),
    ("detect", &["batch", "error", "text"]),
    ("mask", &["batch", "error", "text", "policy", "detect"]),
    ("profile", &["batch", "error", "merge", "text"]),
    ("verdict", &["batch", "error", "merge", "text", "profile", "policy"]),
    ("plan", &["batch", "error", "text", "policy", "detect", "mask", "verdict"]),
    ("report", &["batch", "error", "plan", "profile", "verdict", "merge", "policy"]),
    ("job", &["batch", "error", "merge", "text", "policy", "io", "detect", "mask", "profile", "verdict", "plan", "report"]),
    // `detectors` is a verb about detect, `profile`, `baseline` and `judge` are verbs about profile and verdict; a key is
    // made of what the environment holds.
    ("cli", &["batch", "error", "job", "plan", "policy", "report", "io", "detect", "mask", "profile", "verdict"]),
];

/// Where a layer names one that it should not, and why that stands. A row that is no longer needed fails.
const BREAKS: &[(&str, &str, &str)] = &[
    ("policy", "mask", "a policy file is wrong where it names an operator that there is not"),
    ("error", "batch", "a link in a doc comment"),
];

/// Crates that one layer alone may use.
const CRATES: &[(&str, &str)] = &[
    ("rayon", "job verdict"),
    ("clap", "cli"),
    ("clap_complete", "cli"),
    ("clap_mangen", "cli"),
    ("indicatif", "cli"),
    ("signal_hook", "cli"),
    ("rustix", "io"),
    ("walkdir", "io job"),
    ("statrs", "verdict detect"),
    ("siphasher", "profile detect"),
    ("minijinja", "report"),
    ("aho_corasick", "detect text"),
    ("regex_automata", "detect"),
    ("regex_syntax", "detect"),
    ("zeroize", "mask cli"),
];

/// Lines of a file beyond which it does more than one thing.
const LINES: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Every file of the project below a folder, as `src/cli/mod.rs`, sorted; what a build or a run leaves is left out.
fn files(below: &str) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for path in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let made = matches!(name.as_str(), "target" | ".git" | "out" | "proptest-regressions") || name.ends_with(".untaint");
            match (made, path.is_dir()) {
                (true, _) => {}
                (_, true) => walk(&path, found),
                _ => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(below), &mut found);
    let relative = |p: &PathBuf| p.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    let mut names: Vec<String> = found.iter().map(relative).collect();
    names.sort();
    names
}

fn rust(below: &str) -> Vec<String> {
    files(below).into_iter().filter(|f| Path::new(f).extension().is_some_and(|e| e == "rs")).collect()
}

/// Names that follow `before` in a line: of `crate::` in `use crate::io::x`, `io`.
fn behind<'a>(line: &'a str, before: &str) -> Vec<&'a str> {
    let name = |rest: &'a str| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
    line.match_indices(before).map(|(at, _)| name(&line[at + before.len()..])).collect()
}

/// The layer that a file of `src/` belongs to; none for `lib.rs` and `main.rs`.
fn layer(file: &str) -> Option<&str> {
    let name = file.strip_prefix("src/")?.split('/').next()?;
    Some(name.strip_suffix(".rs").unwrap_or(name)).filter(|n| !matches!(*n, "lib" | "main"))
}

fn fail_with(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn layers_know_only_those_they_may() {
    let table: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let (mut faults, mut needed) = (Vec::new(), BTreeSet::new());
    for file in rust("src") {
        let Some(here) = layer(&file) else { continue };
        let Some(may) = table.get(here) else {
            faults.push(format!("{file}: the layer {here} is not in the table"));
            continue;
        };
        for (number, line) in (1..).zip(read(&file).lines()) {
            if line.contains("crate::{") {
                faults.push(format!("{file}:{number}: one `use` a layer, so that this test can read it"));
            }
            for there in behind(line, "crate::") {
                let known = there == here || may.contains(&there) || !table.contains_key(there);
                if known {
                    continue;
                }
                if BREAKS.iter().any(|b| (b.0, b.1) == (here, there)) {
                    needed.insert((here.to_owned(), there.to_owned()));
                } else {
                    faults.push(format!("{file}:{number}: {here} may not know {there}"));
                }
            }
        }
    }
    let stale = BREAKS.iter().filter(|b| !needed.contains(&(b.0.to_owned(), b.1.to_owned())));
    faults.extend(stale.map(|b| format!("{} no longer names {}: take the row out ({})", b.0, b.1, b.2)));
    fail_with(&faults);
}

#[test]
fn some_crates_belong_to_one_layer() {
    let mut faults = Vec::new();
    for file in rust("src") {
        let Some(here) = layer(&file) else { continue };
        for (number, line) in (1..).zip(read(&file).lines()) {
            let code = line.split("//").next().unwrap_or("");
            for (name, at) in CRATES {
                let used = code
                    .match_indices(&format!("{name}::"))
                    .any(|(i, _)| !code[..i].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':'));
                if used && !at.split(' ').any(|l| l == here) {
                    faults.push(format!("{file}:{number}: {name} is for {at}"));
                }
            }
        }
    }
    fail_with(&faults);
}

#[test]
fn every_file_says_what_it_is_and_is_one_thing() {
    let mut faults = Vec::new();
    for file in rust("src").into_iter().chain(rust("tests")).chain(rust("benches")).chain(["build.rs".to_owned()]) {
        let text = read(&file);
        if !text.starts_with("//! ") {
            faults.push(format!("{file}:1: no `//!` says what the file is"));
        }
        let lines = text.lines().count();
        if file.starts_with("src/") && lines > LINES {
            faults.push(format!("{file}:{LINES}: {lines} lines"));
        }
    }
    fail_with(&faults);
}

#[test]
fn nothing_is_left_lying_about() {
    // Spelled in two halves, so that this file does not find itself.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("dbg", "!("),
        concat!("todo", "!("),
        concat!("/work", "/"),
        concat!("/root", "/"),
        concat!("/home", "/"),
        concat!("../", "shared"),
        concat!("work", "tree"),
        concat!("inte", "grator"),
    ];
    let mut faults = Vec::new();
    for file in files(".") {
        let file = file.trim_start_matches("./");
        let Ok(text) = std::fs::read_to_string(root().join(file)) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            for word in words.iter().filter(|w| line.contains(**w)) {
                faults.push(format!("{file}:{number}: {word}"));
            }
        }
    }
    fail_with(&faults);
}

#[test]
fn detector_ids_are_unique_and_spelled_alike() {
    let (mut seen, mut faults) = (BTreeMap::new(), Vec::new());
    for file in files("detectors").into_iter().filter(|f| f.ends_with("toml")) {
        for (number, line) in (1..).zip(read(&file).lines()) {
            let Some(id) = line.strip_prefix("id").and_then(|rest| rest.trim_start().strip_prefix('=')) else { continue };
            let id = id.trim().trim_matches('"').to_owned();
            let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            if !id.contains('.') || !id.split('.').all(part) {
                faults.push(format!("{file}:{number}: {id} is not lower case and dotted"));
            }
            if let Some(first) = seen.insert(id.clone(), format!("{file}:{number}")) {
                faults.push(format!("{file}:{number}: {id} stands in {first} as well"));
            }
        }
    }
    assert!(seen.len() > 40, "the packs are read");
    fail_with(&faults);
}

/// The lines of a table of `Cargo.toml`.
fn manifest(table: &str) -> Vec<String> {
    let text = read("Cargo.toml");
    let inside = text.lines().skip_while(|l| *l != format!("[{table}]")).skip(1).take_while(|l| !l.starts_with('['));
    inside.filter(|l| l.contains('=')).map(str::to_owned).collect()
}

#[test]
fn every_dependency_has_a_reason() {
    let design = read("DESIGN.md");
    let mut missing = String::new();
    for table in ["dependencies", "dev-dependencies"] {
        let lines = manifest(table);
        assert!(lines.len() > 3, "[{table}] is read");
        for line in lines {
            let name = line.split('=').next().unwrap().trim();
            if !design.lines().any(|l| l.starts_with(&format!("| `{name}` |"))) {
                let _ = writeln!(missing, "DESIGN.md has no row for the dependency {name}");
            }
        }
    }
    assert!(missing.is_empty(), "\n{missing}");
}

#[test]
fn every_bench_is_a_file_and_every_file_a_bench() {
    let text = read("Cargo.toml");
    let mut lines = text.lines();
    let mut named = BTreeSet::new();
    while lines.any(|l| l == "[[bench]]") {
        let name = lines.next().unwrap().trim_start_matches("name = ").trim_matches('"');
        named.insert(format!("benches/{name}.rs"));
    }
    assert_eq!(named, rust("benches").into_iter().collect());
}

#[test]
fn documents_name_what_there_is() {
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    for command in ["cargo run --release -- clean sample-data --out out", "cargo test"] {
        assert!(readme.lines().any(|l| l == command), "README.md: {command}");
    }
    for command in ["cargo fmt --check", "cargo clippy", "cargo test", "cargo doc", "cargo run --release -- clean sample-data"] {
        assert!(ci.contains(command), ".ci/run: {command}");
    }
    for (file, text) in [("README.md", &readme), ("justfile", &read("justfile")), ("CONTRIBUTING.md", &read("CONTRIBUTING.md"))] {
        for name in behind(text, "--test ") {
            let there = [format!("tests/{name}.rs"), format!("tests/{name}/main.rs")];
            assert!(there.iter().any(|t| root().join(t).is_file()), "{file}: there is no test {name}");
        }
    }
    // Links to files and paths in code quotes.
    for file in ["README.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md", "detectors/README.md"] {
        let text = read(file);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let here = root().join(file).parent().unwrap().join(link);
            assert!(link.starts_with("http") || here.exists(), "{file}: there is no {link}");
        }
        for path in text.split('`').skip(1).step_by(2).filter(|p| p.starts_with("src/") || p.starts_with("tests/")) {
            let open = path.contains(['<', '*', ' ']);
            assert!(open || root().join(path).exists(), "{file}: there is no {path}");
        }
    }
}

#[test]
fn the_readmes_policy_and_pack_work() {
    let readme = read("README.md");
    let blocks: Vec<&str> = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [policy, pack] = blocks.as_slice() else { panic!("README.md has a policy and a pack, in this order") };
    untaint::policy::Policy::parse("README.md", policy).unwrap();
    let mut catalogue = untaint::detect::Catalogue::builtin().unwrap();
    let before = catalogue.detectors().len();
    catalogue.add_pack("README.md", pack).unwrap();
    assert_eq!(catalogue.detectors().len(), before + 1);
}
