//! Runs the examples of an entry: what it says it finds is found where it stands, and nothing else.

use super::catalogue::{Catalogue, Detector, Example};
use super::pack::Problem;
use super::scan::{Scanner, Scratch};
use super::select::{Profile, Selection};
use crate::batch::Column;
use std::ops::Range;
use std::sync::Arc;

/// What is wrong with an entry's examples.
pub(super) fn run(detector: &Detector, has_twin: bool) -> Vec<Problem> {
    let problem = |message: String| Problem { line: detector.line, id: detector.id.clone(), message };
    let mut catalogue = Catalogue::default();
    let selection = Selection { profile: Profile::All, ..Selection::default() };
    let scanner = catalogue
        .push(&detector.pack, (detector.clone(), has_twin))
        .and_then(|()| Scanner::new(&Arc::new(catalogue), &selection));
    let scanner = match scanner {
        Ok(scanner) => scanner,
        Err(e) => return vec![problem(e.to_string())],
    };
    let mut problems = Vec::new();
    if detector.finds.is_empty() {
        problems.push(problem("`finds` is missing: at least one text with a value between « and »".to_owned()));
    }
    let mut scratch = Scratch::default();
    let kinds = [("finds", &detector.finds), ("ignores", &detector.ignores)];
    for (key, examples) in kinds {
        for (number, example) in (1..).zip(examples) {
            let found = spans(&scanner, example, &mut scratch);
            if found != example.spans {
                let at = |spans: &[Range<usize>]| format!("{spans:?}");
                problems.push(problem(format!("`{key}` {number}: wanted {}, found {}", at(&example.spans), at(&found))));
            }
        }
    }
    problems
}

fn spans(scanner: &Scanner, example: &Example, scratch: &mut Scratch) -> Vec<Range<usize>> {
    let name = example.column.clone().unwrap_or_default();
    let view = scanner.column(&Column { elements: vec![name.clone()], name });
    let mut out = Vec::new();
    scanner.scan_text(example.text.as_bytes(), &view, scratch, &mut out);
    out.iter().filter(|f| f.detector == 0).map(|f| f.start as usize..f.end as usize).collect()
}

/// A detector without anything, for tests.
#[cfg(test)]
pub(super) fn blank() -> Detector {
    let text = "[[detector]]\nid = \"a.b\"\nname = \"b\"\nseverity = \"low\"\nsource = \"none\"\npattern = \"b\"\n";
    super::pack::read("blank.toml", text, super::pack::Origin::Given).0.remove(0).0
}

/// A catalogue of detectors, each of an id and what else it has, for tests.
#[cfg(test)]
pub(super) fn catalogue(entries: &[(&str, &str)]) -> Arc<Catalogue> {
    let entry = |(id, keys): &(&str, &str)| {
        format!("[[detector]]\nid = \"{id}\"\nname = \"{id}\"\nseverity = \"low\"\nsource = \"none\"\n{keys}\n")
    };
    let text: String = entries.iter().map(entry).collect();
    let mut catalogue = Catalogue::default();
    for detector in super::pack::read("test.toml", &text, super::pack::Origin::Given).0 {
        catalogue.push("test.toml", detector).unwrap();
    }
    Arc::new(catalogue)
}
